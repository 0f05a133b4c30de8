import { parseTables, type TableAddresses } from '../adapters/dynamodb/tables.ts';
import {
  describeBadLogAuth,
  logAuthForms,
  parseLogAuth,
  type LogAuth,
} from '../adapters/kafka/authentication/log-auth.ts';
import { ConfigError, type Problem } from '../core/errors.ts';

/** `sqlite:<folder>`. */
export interface FolderAddress {
  readonly adapter: 'sqlite';
  readonly location: string;
}

/** `kafka:<host:port>,…`, or `kafka:event`: those that each invocation's event names. */
export interface BrokersAddress {
  readonly adapter: 'kafka';
  readonly bootstrap: readonly string[] | 'event';
}

/** `dynamodb:<port>=<table>,…`. */
export interface TablesAddress {
  readonly adapter: 'dynamodb';
  readonly tables: TableAddresses;
  /**
   * `FRESHET_STORE_KEY`: access key, id and secret in one, for a DynamoDB that is not AWS's, in a local run. Apart from the
   * function's own credentials, which other services ask for; `undefined`: those.
   */
  readonly key: string | undefined;
}

/** `s3:<bucket>` in the function's own region, `AWS_REGION`; `AWS_ENDPOINT_URL_S3` where it is not AWS's. */
export interface BucketAddress {
  readonly adapter: 's3';
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: string | undefined;
}

/** What a stage asks of its environment beside log and stores. */
export interface EnvironmentNeeds {
  /** Its source can only be read with a schema registry. */
  readonly registry: boolean;
  /** What is too large for its items is kept in a payload store. */
  readonly payloads: boolean;
}

/** A function's configuration, resolved once from its environment variables. */
export interface ResolvedEnvironment {
  /** `FRESHET_ENVIRONMENT`: goes before the names of created topics and of groups. */
  readonly environment: string;
  /** `FRESHET_RESPONSE`: set by the construct from the value that also asks the mapping for partial responses. */
  readonly response: 'partial' | 'throw';
  /** `FRESHET_LOG` */
  readonly log: FolderAddress | BrokersAddress;
  /** `FRESHET_LOG_AUTH`: how to authenticate to the brokers of a Kafka log. None where it is not set. */
  readonly logAuth: LogAuth;
  /** `FRESHET_STORE` */
  readonly store: FolderAddress | TablesAddress;
  /** `FRESHET_VERDICTS`: where a local run keeps what became of each record; `undefined` in Lambda. */
  readonly verdicts: FolderAddress | undefined;
  /** `FRESHET_REGISTRY`: the schema registry's address; `null` for `none`, and where the stage asks for none. */
  readonly registry: string | null;
  /** `FRESHET_PAYLOADS`; `null` where the contract asks for none. */
  readonly payloads: FolderAddress | BucketAddress | null;
  /** The parameters of the stage's transport. */
  readonly params: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string | undefined>>;

const folderIn = (text: string): FolderAddress | undefined => {
  const location = /^sqlite:(.+)$/.exec(text)?.[1];
  return location === undefined ? undefined : { adapter: 'sqlite', location };
};

const logIn = (text: string): FolderAddress | BrokersAddress | undefined => {
  const brokers = /^kafka:(.+)$/.exec(text)?.[1];
  if (brokers === undefined) return folderIn(text);
  if (brokers === 'event') return { adapter: 'kafka', bootstrap: 'event' };
  const bootstrap = brokers.split(',');
  return bootstrap.every((broker) => /^[^\s:]+:\d{1,5}$|^\[[^\]\s]+\]:\d{1,5}$/.test(broker))
    ? { adapter: 'kafka', bootstrap }
    : undefined;
};

const storeIn = (text: string, variables: Variables): FolderAddress | TablesAddress | undefined => {
  const addresses = /^dynamodb:(.+)$/.exec(text)?.[1];
  const tables = addresses === undefined ? undefined : parseTables(addresses);
  const { FRESHET_STORE_KEY: key = '' } = variables;
  return tables === undefined
    ? folderIn(text)
    : { adapter: 'dynamodb', tables, key: key === '' ? undefined : key };
};

const payloadsIn = (text: string, variables: Variables): FolderAddress | BucketAddress | undefined => {
  const bucket = /^s3:([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/.exec(text)?.[1];
  if (bucket === undefined) return folderIn(text);
  const { AWS_REGION: region = '', AWS_ENDPOINT_URL_S3: endpoint = '' } = variables;
  return region === ''
    ? undefined
    : { adapter: 's3', bucket, region, endpoint: endpoint === '' ? undefined : endpoint };
};

const logAuthOf = (text: string | undefined, problems: Problem[]): LogAuth => {
  const logAuth = parseLogAuth(text === undefined || text === '' ? 'none' : text);
  if (logAuth) return logAuth;
  problems.push({
    path: 'FRESHET_LOG_AUTH',
    got: describeBadLogAuth(text ?? ''),
    expected: logAuthForms,
    fix: 'name the secret by its ARN: what is secret never stands in a variable',
  });
  return { kind: 'none' };
};

/** What is wrong with the address of a schema registry. It may hold a password: nothing of it is shown. */
const registryProblem = (text: string): Problem | undefined => {
  const problem = (got: string, fix: string): Problem => ({
    path: 'FRESHET_REGISTRY',
    got,
    expected: `the address of the schema registry, such as https://registry.example.com, or "none" where every value comes as JSON`,
    fix,
  });
  if (text === '') return problem('nothing', "set it: the contract's source is avro() or protobuf()");
  if (text === 'none') return undefined;
  const url = URL.parse(text);
  if (!url) return problem('a text that is no address', 'write it with its scheme');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return problem(`the scheme "${url.protocol}"`, 'use https, or http on your own machine');
  return url.search !== '' || url.hash !== ''
    ? problem('an address with a query or a fragment', 'leave it out: paths are put after the address')
    : undefined;
};

/**
 * Reads the configuration of a function.
 *
 * @param variables - `process.env`
 * @param params - names that the stage needs beside Freshet's own
 * @throws {ConfigError} `ENVIRONMENT_INVALID`, naming every variable that is missing or wrong at once
 */
export const resolveEnvironment = (
  variables: Variables,
  params: readonly string[],
  needs: EnvironmentNeeds = { registry: false, payloads: false },
): ResolvedEnvironment => {
  const problems: Problem[] = [];
  const read = <Value>(
    name: string,
    expected: string,
    fix: string,
    parse: (text: string) => Value | undefined,
  ): Value | undefined => {
    const text = variables[name];
    const value = text === undefined || text === '' ? undefined : parse(text);
    if (value === undefined)
      problems.push({
        path: name,
        got: text === undefined || text === '' ? 'nothing' : `"${text}"`,
        expected,
        fix,
      });
    return value;
  };

  const environment = read(
    'FRESHET_ENVIRONMENT',
    'a name of lower-case letters, digits and hyphens',
    'set it to the name of the deployment, such as prod',
    (text) => (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) ? text : undefined),
  );
  const response = read(
    'FRESHET_RESPONSE',
    '"partial" or "throw"',
    'set it to what the event source mapping asks for: partial where it reports batch item failures, else throw',
    (text) => (text === 'partial' || text === 'throw' ? text : undefined),
  );
  const log = read(
    'FRESHET_LOG',
    '"sqlite:<folder>", "kafka:<host:port>,…" or "kafka:event"',
    'let FreshetPipeline set it, or npx freshet dev',
    logIn,
  );
  const logAuth = logAuthOf(variables['FRESHET_LOG_AUTH'], problems);
  const store = read(
    'FRESHET_STORE',
    '"sqlite:<folder>" or "dynamodb:<port>=<table>,…"',
    'let FreshetPipeline set it, or npx freshet dev',
    (text) => storeIn(text, variables),
  );
  const verdicts = variables['FRESHET_VERDICTS']
    ? read(
        'FRESHET_VERDICTS',
        '"sqlite:<folder>", or nothing',
        'leave it out: only a local run needs it',
        folderIn,
      )
    : undefined;
  const registry = needs.registry ? (variables['FRESHET_REGISTRY'] ?? '') : 'none';
  const wrong = registryProblem(registry);
  if (wrong) problems.push(wrong);
  const payloads = needs.payloads
    ? read(
        'FRESHET_PAYLOADS',
        '"s3:<bucket>", with AWS_REGION set, or "sqlite:<folder>"',
        "let FreshetPipeline set it, or npx freshet dev: the contract says largePayloads: 'bucket'",
        (text) => payloadsIn(text, variables),
      )
    : null;
  const values = params.map(
    (name) => [name, read(name, 'a value', 'give it as a param of the construct', (text) => text)] as const,
  );
  if (
    environment === undefined ||
    response === undefined ||
    log === undefined ||
    store === undefined ||
    payloads === undefined ||
    problems.length > 0
  )
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message: `${problems.length} environment variable(s) of the function are missing or wrong:`,
      problems,
    });
  return {
    environment,
    response,
    log,
    logAuth,
    store,
    verdicts,
    payloads,
    registry: registry === 'none' ? null : registry,
    params: Object.fromEntries(values.map(([name, value]) => [name, value ?? ''])),
  };
};
