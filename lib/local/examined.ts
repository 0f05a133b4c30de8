import { parseTables } from '../adapters/dynamodb/tables.ts';
import { openEmbedded } from '../adapters/sqlite/embedded.ts';
import { systemClock } from '../adapters/system.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import type { TableName } from '../core/contract/tables.ts';
import { UsageError, messageOf } from '../core/errors.ts';
import type { Answered } from '../core/ports/examination.ts';
import { epochMsOf } from '../core/units.ts';
import type {
  DoctorPorts,
  ExaminedDynamoDb,
  ExaminedFolder,
  ExaminedKafka,
} from '../ops/doctor/doctor-ports.ts';
import { awsCredentials } from './aws-credentials.ts';
import type { KafkaAddress } from './kafka-address.ts';
import { keysOf, localTables, storeCredentials, storeKeysOf, type DynamoAddress } from './platform.ts';
import { holdsState } from './state/state-folder.ts';

export interface ExaminedOptions {
  /** The state folder; it is not made where it is missing. */
  readonly folder: string;
  readonly contract: ResolvedContract;
  readonly environment: string;
  readonly kafka: KafkaAddress | undefined;
  readonly dynamodb: DynamoAddress | undefined;
  /** Names of the tables as in `FRESHET_STORE`; `undefined`: those of a local run. */
  readonly tables: Readonly<Partial<Record<TableName, string>>> | undefined;
  /** Of a cluster of MSK. */
  readonly clusterArn: MskArn | undefined;
  /** Region in which the account is looked at. */
  readonly account: string | undefined;
  readonly profile: string | undefined;
}

export interface MskArn {
  readonly arn: string;
  readonly region: string;
}

/** @throws {UsageError} for what is no ARN of a cluster */
export const mskArn = (text: string): MskArn => {
  const [, region] = /^arn:aws[a-z-]*:kafka:([a-z0-9-]+):\d{12}:cluster\/[^/]+\/[^/]+$/.exec(text) ?? [];
  if (region !== undefined) return { arn: text, region };
  throw new UsageError('USAGE', {
    message: `--cluster-arn: got "${text}", expected the ARN of an MSK cluster, arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>. Fix: copy it from \`aws kafka list-clusters-v2\`.`,
  });
};

/** @throws {UsageError} for what does not name tables */
export const namedTables = (text: string): Readonly<Partial<Record<TableName, string>>> => {
  const tables = parseTables(text);
  if (tables !== undefined) return tables;
  throw new UsageError('USAGE', {
    message: `--tables: got "${text}", expected rows=<table>,context=<table>,claims=<table>,effects=<table>,operations=<table>. Fix: copy what follows "dynamodb:" in FRESHET_STORE of the functions.`,
  });
};

const answered = async <Value>(open: () => Value | Promise<Value>): Promise<Answered<Value>> => {
  try {
    return { kind: 'answered', value: await open() };
  } catch (thrown) {
    return { kind: 'unanswered', code: undefined, why: messageOf(thrown) };
  }
};

/** How long a throttled question is tried, ms. */
const patienceMs = 5_000;

const loopback = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/;

/**
 * Opens what is to be examined. What cannot be opened is itself a finding, and keeps nothing else from being looked at.
 *
 * @returns ports, and how to let go of them
 */
export const openExamined = async (options: ExaminedOptions): Promise<DoctorPorts & { close(): void }> => {
  const opened: { close(): void }[] = [];
  const keep = <Closable extends { close(): void }>(one: Closable): Closable => {
    opened.push(one);
    return one;
  };
  const { contract, environment, kafka, dynamodb, clusterArn, account, profile } = options;

  const folderOf = async (): Promise<ExaminedFolder> => {
    const { folder } = options;
    return {
      kind: 'embedded',
      folder,
      opened: holdsState(folder)
        ? await answered(
            () => keep(openEmbedded({ folder, pipeline: contract.pipeline, clock: systemClock })).log,
          )
        : { kind: 'unanswered', code: undefined, why: `there is no local state in ${folder}` },
    };
  };

  const kafkaOf = async (address: KafkaAddress): Promise<ExaminedKafka> => ({
    kind: 'kafka',
    bootstrap: address.bootstrap,
    auth: address.auth.kind,
    isLoopback: address.bootstrap.every((server) => loopback.test(server)),
    opened: await answered(async () => {
      const [{ openAuthenticated }, { openExamination }, { accessAt, clusterAccess }] = await Promise.all([
        import('../adapters/kafka/authenticated.ts'),
        import('../adapters/kafka/open-examination.ts'),
        import('./kafka-authentication.ts'),
      ]);
      const cluster = await openAuthenticated(openExamination, {
        ...clusterAccess(address, process.env),
        clientId: `freshet-doctor-${contract.pipeline}`,
        clock: systemClock,
      });
      return { ...keep(cluster), access: accessAt(address, process.env) };
    }),
  });

  const dynamoOf = async (address: DynamoAddress): Promise<ExaminedDynamoDb> => ({
    kind: 'dynamodb',
    address: address.endpoint ?? address.region,
    tables: options.tables ?? localTables(contract, environment),
    opened: await answered(async () => {
      const [{ connect }, { DynamoExamination }] = await Promise.all([
        import('../adapters/dynamodb/client.ts'),
        import('../adapters/dynamodb/examination.ts'),
      ]);
      const connection = connect({
        endpoint: address.endpoint,
        region: address.region,
        credentials: storeKeysOf(await storeCredentials(address)),
        clock: systemClock,
        deadline: () => epochMsOf(systemClock.now() + patienceMs),
      });
      keep({ close: () => connection.client.destroy() });
      return new DynamoExamination(connection);
    }),
  });

  const mskOf = async ({ arn, region }: MskArn): Promise<DoctorPorts['msk']> => ({
    arn,
    opened: await answered(async () => {
      const { openMsk } = await import('../adapters/aws/msk.ts');
      return keep(openMsk({ region, credentials: keysOf(await awsCredentials(profile)) }));
    }),
  });

  const accountOf = (region: string): Promise<NonNullable<DoctorPorts['account']>> =>
    answered(async () => {
      const { openLambdaAccount } = await import('../adapters/aws/lambda-account.ts');
      return keep(openLambdaAccount({ region, credentials: keysOf(await awsCredentials(profile)) }));
    });

  return {
    log: kafka === undefined ? await folderOf() : await kafkaOf(kafka),
    stores: dynamodb === undefined ? await folderOf() : await dynamoOf(dynamodb),
    msk: clusterArn && (await mskOf(clusterArn)),
    account: account === undefined ? undefined : await accountOf(account),
    close: () => {
      for (const one of opened) one.close();
    },
  };
};
