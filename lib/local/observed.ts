import { openEmbedded, type Embedded } from '../adapters/sqlite/embedded.ts';
import type { TableAddresses } from '../adapters/dynamodb/tables.ts';
import { systemClock } from '../adapters/system.ts';
import { UsageError } from '../core/errors.ts';
import type { Observed } from '../ops/status/stage-status.ts';
import { kafkaLog, localTables, openStores, type Platform, type PlatformOptions } from './platform.ts';

interface Closable {
  close(): void;
}

type LogOptions = Pick<PlatformOptions, 'folder' | 'contract' | 'kafka'>;

export interface ObservedOptions extends LogOptions, Pick<PlatformOptions, 'environment' | 'dynamodb'> {
  /** Names of the tables as in `FRESHET_STORE`; `undefined`: those of a local run. */
  readonly tables: TableAddresses | undefined;
}

/** What is looked at from outside: nothing that only a run has, such as verdicts, so that it needs no state folder of its own. */
export type ObservedPorts = Pick<Platform, 'clock' | 'log' | 'groups' | 'operations'> &
  Pick<Observed, 'effects'>;

const embeddedIn = ({ folder, contract }: LogOptions): Embedded =>
  openEmbedded({ folder, pipeline: contract.pipeline, clock: systemClock });

/**
 * The log alone. A state folder is opened only where the log is embedded, and made where it is missing.
 *
 * @throws {ConfigError} `STATE_FOLDER_INVALID`; what the brokers have against us
 * @throws {TransientError} `LOG_UNAVAILABLE` where no broker answers
 */
export const openLog = async (
  options: LogOptions,
): Promise<Pick<ObservedPorts, 'log' | 'groups'> & Closable> =>
  options.kafka === undefined ? embeddedIn(options) : kafkaLog(options.kafka, options.contract);

const observedStores = async (
  options: ObservedOptions,
): Promise<Pick<ObservedPorts, 'effects' | 'operations'> & Closable> => {
  const { contract, environment, dynamodb, tables = localTables(contract, environment) } = options;
  if (dynamodb === undefined) return embeddedIn(options);
  if (tables.effects === undefined || tables.operations === undefined)
    throw new UsageError('USAGE', {
      message: `--tables: got names for ${Object.keys(tables).join(', ')}, expected effects=<table> and operations=<table> among them. Fix: copy what follows "dynamodb:" in FRESHET_STORE of the functions.`,
    });
  return (await openStores(dynamodb, tables)).stores;
};

/**
 * Log and stores, as far as they are observed. A state folder is opened only for what is embedded, and made where it is missing.
 *
 * @throws {UsageError} for a table that is needed and not named
 * @throws {ConfigError} `STATE_FOLDER_INVALID`; `ENVIRONMENT_INVALID` where there are no credentials for AWS; what the brokers
 * have against us
 * @throws {TransientError} `LOG_UNAVAILABLE` where no broker answers
 */
export const openObserved = async (options: ObservedOptions): Promise<ObservedPorts & Closable> => {
  const stores = await observedStores(options);
  try {
    const reached = await openLog(options);
    return {
      clock: systemClock,
      log: reached.log,
      groups: reached.groups,
      effects: stores.effects,
      operations: stores.operations,
      close: () => {
        reached.close();
        stores.close();
      },
    };
  } catch (thrown) {
    stores.close();
    throw thrown;
  }
};
