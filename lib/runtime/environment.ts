import { ConfigError, type Problem } from '../core/errors.ts';

/** Where an adapter's data is: `sqlite:<folder>`. */
export interface AdapterAddress {
  readonly adapter: 'sqlite';
  readonly location: string;
}

/** A function's configuration, resolved once from its environment variables. */
export interface ResolvedEnvironment {
  /** `FRESHET_ENVIRONMENT`: goes before the names of created topics and of groups. */
  readonly environment: string;
  /** `FRESHET_RESPONSE`: set by the construct from the value that also asks the mapping for partial responses. */
  readonly response: 'partial' | 'throw';
  /** `FRESHET_LOG` */
  readonly log: AdapterAddress;
  /** `FRESHET_STORE` */
  readonly store: AdapterAddress;
  /** The parameters of the stage's transport. */
  readonly params: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** What FreshetPipeline sets is right, and yet nothing of this version can serve it: nobody should look for a mistake of theirs. */
const fixOfAddress = (text: string): string => {
  const deployed = /^(kafka|dynamodb):/.exec(text)?.[1];
  return deployed === undefined
    ? 'start it with npx freshet dev, which sets it'
    : `this version has no ${deployed === 'kafka' ? 'Kafka' : 'DynamoDB'} adapter yet: it runs embedded only, with npx freshet dev`;
};

/**
 * Reads the configuration of a function.
 *
 * @param variables - `process.env`
 * @param params - names that the stage needs beside Freshet's own
 * @throws {ConfigError} `ENVIRONMENT_INVALID`, naming every variable that is missing or wrong at once
 */
export const resolveEnvironment = (variables: Variables, params: readonly string[]): ResolvedEnvironment => {
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
  const adapter = (name: string): AdapterAddress | undefined => {
    const fix = fixOfAddress(variables[name] ?? '');
    return read(name, '"sqlite:<folder>"', fix, (text) => {
      const location = /^sqlite:(.+)$/.exec(text)?.[1];
      return location === undefined ? undefined : { adapter: 'sqlite', location };
    });
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
  const log = adapter('FRESHET_LOG');
  const store = adapter('FRESHET_STORE');
  const values = params.map(
    (name) => [name, read(name, 'a value', 'give it as a param of the construct', (text) => text)] as const,
  );
  if (
    environment === undefined ||
    response === undefined ||
    log === undefined ||
    store === undefined ||
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
    store,
    params: Object.fromEntries(values.map(([name, value]) => [name, value ?? ''])),
  };
};
