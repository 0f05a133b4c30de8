import type { Clock } from '../../core/ports/clock.ts';
import type { ConsumerGroups } from '../../core/ports/event-log.ts';
import type { GroupMembership } from '../../core/ports/group-membership.ts';
import type { PayloadStore } from '../../core/ports/payload-store.ts';
import type { ContextStore, OperationsStore, RowStore } from '../../core/ports/stores.ts';
import { SqliteConsumerGroups } from './consumer-groups.ts';
import { SqliteContextStore } from './context-store.ts';
import { openDatabase } from './database.ts';
import { SqliteEventLog } from './event-log.ts';
import { SqliteGroupMembership } from './group-membership.ts';
import { SqliteLedgerStore } from './ledger-store.ts';
import { SqliteOperationsStore } from './operations-store.ts';
import { SqlitePayloadStore } from './payload-store.ts';
import { SqliteRowStore } from './row-store.ts';
import { SqliteVerdictJournal } from './verdict-journal.ts';

export interface EmbeddedOptions {
  /** The state folder; it is made where it is missing. */
  readonly folder: string;
  /** Namespace of the stores. The log and its groups are shared by all pipelines of the folder. */
  readonly pipeline: string;
  /** Stamps appends, and counts the minutes of limits. */
  readonly clock: Pick<Clock, 'now'>;
  /** Tells when a member of a group is missed. @default `clock` */
  readonly memberClock?: Pick<Clock, 'now'>;
}

/** Every port that the embedded default serves, over one connection. */
export interface Embedded {
  readonly log: SqliteEventLog;
  readonly groups: ConsumerGroups;
  readonly membership: GroupMembership;
  readonly rows: RowStore;
  readonly context: ContextStore;
  readonly claims: SqliteLedgerStore;
  readonly effects: SqliteLedgerStore;
  readonly payloads: PayloadStore;
  readonly operations: OperationsStore;
  readonly verdicts: SqliteVerdictJournal;
  readonly close: () => void;
}

/**
 * Opens the embedded default. Each thread opens its own; statements are prepared at their first use, so what a stage does
 * not use costs it nothing.
 *
 * @throws {ConfigError} `STATE_FOLDER_INVALID`
 */
export const openEmbedded = ({ folder, pipeline, clock, memberClock = clock }: EmbeddedOptions): Embedded => {
  const database = openDatabase(folder);
  return {
    log: new SqliteEventLog(database, clock),
    groups: new SqliteConsumerGroups(database, memberClock),
    membership: new SqliteGroupMembership(database, memberClock),
    rows: new SqliteRowStore(database, pipeline),
    context: new SqliteContextStore(database, pipeline),
    claims: new SqliteLedgerStore(database, pipeline, 'claims'),
    effects: new SqliteLedgerStore(database, pipeline, 'effects'),
    payloads: new SqlitePayloadStore(database, pipeline),
    operations: new SqliteOperationsStore(database, pipeline, clock),
    verdicts: new SqliteVerdictJournal(database, pipeline),
    close: () => database.close(),
  };
};
