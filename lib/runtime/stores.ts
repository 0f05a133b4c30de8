import { systemClock } from '../adapters/system.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import type {
  ContextStore,
  LedgerStore,
  OperationsStore,
  RowStore,
  VerdictJournal,
} from '../core/ports/stores.ts';
import type { EpochMs } from '../core/units.ts';
import type { ResolvedEnvironment } from './environment.ts';

/** The stores of a stage: each is made at its first use. */
export interface Stores {
  readonly rows: RowStore;
  readonly context: ContextStore;
  readonly claims: LedgerStore;
  readonly effects: LedgerStore;
  readonly operations: OperationsStore;
  readonly verdicts: VerdictJournal;
}

/** In Lambda verdicts are counted by metrics alone. */
const counted: VerdictJournal = { record: () => Promise.resolve() };

/**
 * Opens the stores where the environment says they are. An adapter is loaded only where it is used.
 *
 * @param deadline - when the invocation that is being served ends
 */
export const openStores = async (
  contract: ResolvedContract,
  { store, verdicts }: Pick<ResolvedEnvironment, 'store' | 'verdicts'>,
  deadline: () => EpochMs,
): Promise<Stores> => {
  const { pipeline } = contract;
  if (store.adapter === 'sqlite') {
    const { openEmbedded } = await import('../adapters/sqlite/embedded.ts');
    return openEmbedded({ folder: store.location, pipeline, clock: systemClock });
  }
  const { openDynamoDb } = await import('../adapters/dynamodb/dynamodb.ts');
  const historyMs = Object.fromEntries(
    Object.entries(contract.context).map(([name, context]) => [name, context.historyMs]),
  );
  const { tables, key } = store;
  const credentials = key === undefined ? undefined : { accessKeyId: key, secretAccessKey: key };
  const stores = openDynamoDb({ tables, credentials, historyMs, clock: systemClock, deadline });
  if (verdicts === undefined) return withVerdicts(stores, counted);
  const { openEmbedded } = await import('../adapters/sqlite/embedded.ts');
  return withVerdicts(
    stores,
    openEmbedded({ folder: verdicts.location, pipeline, clock: systemClock }).verdicts,
  );
};

/** Getters stay getters: a stage opens the tables that it has, and no others. */
const withVerdicts = (stores: Omit<Stores, 'verdicts'>, verdicts: VerdictJournal): Stores =>
  Object.defineProperty(stores, 'verdicts', { value: verdicts }) as Stores;
