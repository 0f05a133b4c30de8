import type { Coordinates } from '../record.ts';
import type { EpochMs } from '../units.ts';
import type { Verdict } from '../verdict.ts';
import type { LedgerItem } from '../ledger/item.ts';
import type { Transition } from '../ledger/transitions.ts';

/** One answer of a store. Each failure belongs to its own statement. */
export type Read<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  /** The store did not answer: transient. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

export type Written =
  | { readonly kind: 'applied' }
  /** The condition did not hold: nothing was written. */
  | { readonly kind: 'conflict' }
  /** It may or may not have been written. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

/** A row as stored: its canonical JSON and the digest of that. */
export interface StoredRow {
  readonly body: string;
  readonly digest: string;
}

export interface RowWrite {
  /** The entity: the text of its Kafka key. */
  readonly entity: string;
  /** Digest of the whole row as read; `null` where there was none. The write happens only if it still is so. */
  readonly expected: string | null;
  readonly row: StoredRow;
}

/** Rows of one pipeline's features. Reads are consistent. One answer per request, in the order given; never rejects. */
export interface RowStore {
  read(entities: readonly string[]): Promise<readonly Read<StoredRow | undefined>[]>;
  write(writes: readonly RowWrite[]): Promise<readonly Written[]>;
}

export interface Observation {
  /** Name of the context in the contract. */
  readonly context: string;
  readonly key: string;
  readonly eventTime: EpochMs;
  /** Generation of the topic, then offset: the highest pair wins among observations of one key and event time. */
  readonly epoch: number;
  readonly offset: number;
  /** Identity and digest of the event, so that a vector can say what it saw. */
  readonly id: string;
  readonly digest: string;
  /** Canonical JSON of the data. */
  readonly body: string;
}

export interface ContextQuery {
  readonly context: string;
  readonly key: string;
  readonly at: EpochMs;
}

/** Context by event time, with history. One answer per request, in the order given; never rejects. */
export interface ContextStore {
  /** `conflict`: a higher (epoch, offset) is stored for that key and event time. The same pair again is `applied`. */
  observe(observations: readonly Observation[]): Promise<readonly Written[]>;
  /** The newest observation that is not after `at`, or none. */
  newest(queries: readonly ContextQuery[]): Promise<readonly Read<Observation | undefined>[]>;
  /**
   * Drops observations older, by event time, than `historyMs` before the newest of their key. A store whose items have a time
   * to live leaves it to that. Returns how many went.
   */
  forget(context: string, historyMs: number): Promise<number>;
}

export interface LedgerWrite {
  readonly key: string;
  readonly transition: Transition;
  /**
   * The item as the writer knows it: one that it holds, or has just read. A store that computes an item's next state outside
   * of its own transaction is spared a read by it; whether the transition applies is decided by what is stored.
   */
  readonly seen?: LedgerItem | undefined;
}

export type LedgerWritten =
  | { readonly kind: 'applied'; readonly item: LedgerItem }
  /** The transition's condition did not hold; `item` is what stands there, read consistently after the refusal (none: absent). */
  | { readonly kind: 'refused'; readonly item: LedgerItem | undefined }
  /** It may or may not have been applied. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

/**
 * Items that obey the state table (ledger/transitions.ts): the claims of inference, or the effect ledger of action.
 * Every write is one transition with its condition. One answer per request, in the order given; never rejects.
 * The caller never sends two writes for one key in one call.
 */
export interface LedgerStore {
  read(keys: readonly string[]): Promise<readonly Read<LedgerItem | undefined>[]>;
  apply(writes: readonly LedgerWrite[]): Promise<readonly LedgerWritten[]>;
  /** Items in a state, oldest first attempt first: for `effects list` and the like. */
  list(filter: {
    readonly states: readonly LedgerItem['state'][];
    readonly limit: number;
  }): Promise<readonly LedgerItem[]>;
}

export interface Reservation {
  readonly granted: number;
  /** When the store's minute ends, by the store's clock, ms from now. */
  readonly resetsInMs: number;
}

/** A topic's generation, declared by an operator; the first one by whoever sees the topic first. */
export interface TopicEpoch {
  readonly topicId: string;
  readonly epoch: number;
}

/** Kill switches, limits, topic epochs, audit: what operators and all workers share. */
export interface OperationsStore {
  /** Whether a stage is paused. */
  paused(stage: string): Promise<Read<boolean>>;
  setPaused(stage: string, paused: boolean): Promise<void>;
  /** Reserves up to `want` tokens of the store's current minute. They are never given back. `want` 0 only looks: `granted` is then what is left. */
  reserve(limit: string, perMinute: number, want: number): Promise<Read<Reservation>>;
  /** The known epoch of a topic; registers `topicId` as the first epoch where none is known. */
  epoch(topic: string, topicId: string): Promise<Read<TopicEpoch>>;
  /** Another id gets the next higher epoch; the known id keeps its own. */
  declareEpoch(topic: string, topicId: string): Promise<TopicEpoch>;
  /** Appends to the audit trail, before anything changes. */
  audit(entry: AuditEntry): Promise<void>;
  /** The newest first. */
  audits(limit: number): Promise<readonly AuditEntry[]>;
}

export interface AuditEntry {
  readonly at: EpochMs;
  readonly who: string;
  readonly what: string;
  readonly why: string;
}

/** Where a stage says what became of each coordinate. In Lambda they are counted by metrics alone; the embedded default keeps them. */
export interface VerdictJournal {
  record(
    stage: string,
    entries: readonly { readonly at: Coordinates; readonly verdict: Verdict }[],
  ): Promise<void>;
}
