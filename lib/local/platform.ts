import type { DynamoStores } from '../adapters/dynamodb/dynamodb.ts';
import type { TableAddresses } from '../adapters/dynamodb/tables.ts';
import { openEmbedded, type Embedded } from '../adapters/sqlite/embedded.ts';
import type { StageVerdicts } from '../adapters/sqlite/verdict-journal.ts';
import { systemClock } from '../adapters/system.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { tableNames } from '../core/contract/tables.ts';
import type { LedgerState } from '../core/ledger/item.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ConsumerGroups, EventLog } from '../core/ports/event-log.ts';
import type { GroupMembership } from '../core/ports/group-membership.ts';
import type {
  ContextStore,
  LedgerStore,
  OperationsStore,
  RowStore,
  VerdictJournal,
} from '../core/ports/stores.ts';
import { epochMsOf } from '../core/units.ts';
import { awsCredentials } from './aws-credentials.ts';
import { driftedTables, type Drifted } from './drifted.ts';
import type { KafkaAddress } from './kafka-address.ts';

/** What a local run runs on: its log and its stores, embedded or real. */
export interface Platform {
  readonly clock: Clock;
  readonly log: EventLog;
  /** The log's brokers, `host:port` each; `null` where it is embedded. */
  readonly brokers: readonly string[] | null;
  readonly groups: ConsumerGroups;
  readonly membership: GroupMembership;
  readonly operations: OperationsStore;
  readonly verdicts: VerdictJournal & { countByStage(): Promise<ReadonlyMap<string, StageVerdicts>> };
  readonly rows: RowStore;
  readonly context: ContextStore;
  readonly claims: LedgerStore;
  readonly effects: LedgerStore & {
    countByState(): Promise<Readonly<Partial<Record<LedgerState, number>>>>;
  };
  /** Tells the functions where it is. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * Creates what the pipeline needs beside topics; what exists stays.
   *
   * @returns what exists and is not as it should be
   * @throws {ConfigError} `ENVIRONMENT_INVALID` for a table that exists and cannot be used
   */
  prepare(): Promise<readonly Drifted[]>;
  close(): void;
}

export interface PlatformOptions {
  /** The state folder: it holds the embedded log and stores, and in any case the verdicts. */
  readonly folder: string;
  readonly contract: ResolvedContract;
  readonly environment: string;
  /** `undefined`: the embedded log. */
  readonly kafka: KafkaAddress | undefined;
  /** DynamoDB: an endpoint, or AWS's own in a region; `undefined`: embedded stores. */
  readonly dynamodb: DynamoAddress | undefined;
  /** Of a run that is inspected: it stands still at a breakpoint. @default the machine's */
  readonly clock?: Clock | undefined;
}

export interface DynamoAddress {
  /** `undefined`: AWS. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** For AWS; `undefined`: its own provider chain. */
  readonly profile: string | undefined;
}

/** How long an operator's or a report's throttled call is tried, ms. */
const patienceMs = 30_000;

/**
 * Nobody checks credentials at an endpoint that is not AWS's; the client wants some all the same. The functions get them in a
 * variable of their own: whatever else asks for credentials is at AWS, and wants true ones.
 */
const localKey = 'local';

/**
 * Credentials for what an address names, as variables of the functions.
 *
 * @throws {ConfigError} `ENVIRONMENT_INVALID` where there are none for AWS
 */
export const storeCredentials = async ({
  endpoint,
  profile,
}: DynamoAddress): Promise<Readonly<Record<string, string>>> =>
  endpoint === undefined ? awsCredentials(profile) : { FRESHET_STORE_KEY: localKey };

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** Those of {@link storeCredentials} as the SDK's clients take them. */
export const storeKeysOf = (variables: Readonly<Record<string, string>>): Keys => {
  const key = variables['FRESHET_STORE_KEY'];
  return key === undefined
    ? keysOf(variables)
    : { accessKeyId: key, secretAccessKey: key, sessionToken: undefined };
};

/** Credentials of AWS as the SDK's clients take them. */
export const keysOf = (variables: Readonly<Record<string, string>>): Keys => ({
  accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
  secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
  sessionToken: variables['AWS_SESSION_TOKEN'],
});

/** Names of a pipeline's tables in an environment, as a local run creates them. */
export const localTables = (
  { pipeline }: Pick<ResolvedContract, 'pipeline'>,
  environment: string,
): TableAddresses =>
  Object.fromEntries(tableNames.map((name) => [name, `${environment}-${pipeline}-${name}`]));

/** What one half of a platform brings. */
type Half<Ports extends keyof Platform> = Pick<Platform, Ports | 'variables' | 'close'>;
type LogHalf = Half<'log' | 'brokers' | 'groups' | 'membership'>;
type StoreHalf = Half<'operations' | 'rows' | 'context' | 'claims' | 'effects' | 'prepare'>;

/**
 * @throws {ConfigError} `STATE_FOLDER_INVALID`; `ENVIRONMENT_INVALID` where there are no credentials for AWS; what the brokers
 * have against us
 * @throws {TransientError} `LOG_UNAVAILABLE` where no broker answers
 */
export const openPlatform = async (options: PlatformOptions): Promise<Platform> => {
  const { folder, contract, kafka, dynamodb, clock = systemClock } = options;
  const embedded = openEmbedded({
    folder,
    pipeline: contract.pipeline,
    clock,
    // Members live on while the run's time stands still, and others ask for them.
    memberClock: systemClock,
  });
  const opened: { close(): void }[] = [embedded];
  const close = (): void => {
    for (const one of opened.toReversed()) one.close();
  };
  try {
    const log = kafka === undefined ? embeddedLog(embedded, folder) : await functionsLog(kafka, contract);
    opened.push(log);
    const stores =
      dynamodb === undefined ? embeddedStores(embedded, folder) : await dynamoStores(dynamodb, options);
    opened.push(stores);
    return {
      ...log,
      ...stores,
      clock,
      verdicts: embedded.verdicts,
      variables: {
        FRESHET_VERDICTS: `sqlite:${folder}`,
        FRESHET_PAYLOADS: `sqlite:${folder}`,
        ...log.variables,
        ...stores.variables,
      },
      close,
    };
  } catch (thrown) {
    close();
    throw thrown;
  }
};

const nothingToClose = (): void => {};

const embeddedLog = ({ log, groups, membership }: Embedded, folder: string): LogHalf => ({
  log,
  brokers: null,
  groups,
  membership,
  variables: { FRESHET_LOG: `sqlite:${folder}` },
  close: nothingToClose,
});

/**
 * The log for whoever only reads, commits or looks: what functions would have to be told is not asked for.
 *
 * @throws {ConfigError} what the brokers have against us
 * @throws {TransientError} `LOG_UNAVAILABLE` where none answers
 */
export const kafkaLog = async (
  address: KafkaAddress,
  { pipeline }: ResolvedContract,
): Promise<Omit<LogHalf, 'variables'>> => {
  // The embedded run, and whoever asks for help, need not wait for a client of Kafka.
  const [{ openAuthenticated }, { openKafka }, { clusterAccess }] = await Promise.all([
    import('../adapters/kafka/authenticated.ts'),
    import('../adapters/kafka/kafka.ts'),
    import('./kafka-authentication.ts'),
  ]);
  const { log, groups, membership, close } = await openAuthenticated(openKafka, {
    ...clusterAccess(address, process.env),
    clientId: `freshet-dev-${pipeline}`,
    clock: systemClock,
  });
  return { log, brokers: address.bootstrap, groups, membership, close };
};

/** The log, and what tells the functions of it: with IAM, credentials among it. */
const functionsLog = async (address: KafkaAddress, contract: ResolvedContract): Promise<LogHalf> => {
  const { kafkaVariables } = await import('./kafka-authentication.ts');
  const variables = await kafkaVariables(address, process.env);
  return { ...(await kafkaLog(address, contract)), variables };
};

const embeddedStores = (
  { operations, rows, context, claims, effects }: Embedded,
  folder: string,
): StoreHalf => ({
  operations,
  rows,
  context,
  claims,
  effects,
  variables: { FRESHET_STORE: `sqlite:${folder}` },
  prepare: async () => {
    // Every worker of an earlier run is dead, for the folder is ours: nobody need wait for what they had claimed.
    const now = systemClock.now();
    await Promise.all([claims.endLeases(now), effects.endLeases(now)]);
    return [];
  },
  close: nothingToClose,
});

/**
 * Stores in DynamoDB, and what tells a function of them.
 *
 * @throws {ConfigError} `ENVIRONMENT_INVALID` where there are no credentials for AWS
 */
export const openStores = async (
  address: DynamoAddress,
  tables: TableAddresses,
): Promise<{ readonly stores: DynamoStores; readonly variables: Readonly<Record<string, string>> }> => {
  const { openDynamoDb } = await import('../adapters/dynamodb/dynamodb.ts');
  const { endpoint, region } = address;
  const credentials = await storeCredentials(address);
  const stores = openDynamoDb({
    tables,
    endpoint,
    region,
    credentials: storeKeysOf(credentials),
    historyMs: {},
    clock: systemClock,
    deadline: () => epochMsOf(systemClock.now() + patienceMs),
  });
  return {
    stores,
    variables: {
      FRESHET_STORE: `dynamodb:${Object.entries(tables)
        .map(([name, table]) => `${name}=${table}`)
        .join(',')}`,
      AWS_REGION: region,
      ...credentials,
      ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL_DYNAMODB: endpoint }),
    },
  };
};

const dynamoStores = async (
  address: DynamoAddress,
  { contract, environment }: PlatformOptions,
): Promise<StoreHalf> => {
  const [{ createTables }, { DynamoExamination }] = await Promise.all([
    import('../adapters/dynamodb/create-tables.ts'),
    import('../adapters/dynamodb/examination.ts'),
  ]);
  const tables = localTables(contract, environment);
  const { stores, variables } = await openStores(address, tables);
  return {
    operations: stores.operations,
    rows: stores.rows,
    context: stores.context,
    claims: stores.claims,
    effects: stores.effects,
    variables,
    prepare: async () => {
      // First: beside a table that cannot be used none is made.
      const drifted = await driftedTables(new DynamoExamination(stores.connection), tables);
      await createTables(stores.connection.client, tables, systemClock);
      return drifted;
    },
    close: stores.close,
  };
};
