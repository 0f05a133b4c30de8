import type { Header, OutputRecord } from '../record.ts';
import type { EpochMs } from '../units.ts';

/** What became of one record of a produce call. The results belong to their own records: one may fail and its neighbour not. */
export type ProduceResult =
  | {
      readonly kind: 'acked';
      readonly partition: number;
      readonly offset: number;
      readonly timestamp: EpochMs;
    }
  /** Can never be appended as it is. */
  | { readonly kind: 'too-large'; readonly sizeBytes: number; readonly limitBytes: number }
  /** Not known to be appended: it may or may not be there. */
  | { readonly kind: 'failed'; readonly cause: unknown };

/** What a stage needs of the log. */
export interface Producer {
  /** Appends with acks=all, in order within a partition. One result per record, in the order given; never rejects. */
  produce(records: readonly OutputRecord[]): Promise<readonly ProduceResult[]>;
}

/** Ids of topics, read from the broker's metadata in each invocation, after the batch arrived. Never cached. */
export interface TopicDirectory {
  /** One answer per name, in the order given; `undefined` where there is no such topic. Rejects with TransientError where the broker does not answer. */
  topicIds(topics: readonly string[]): Promise<readonly (string | undefined)[]>;
}

export interface TopicSettings {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly maxRecordBytes: number;
}

export interface TopicDescription extends TopicSettings {
  readonly id: string;
}

export interface LoggedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Time of the append, the broker's. */
  readonly timestamp: EpochMs;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
}

export interface RangeRead {
  readonly topic: string;
  readonly partition: number;
  /** First offset wanted; reading begins at the earliest kept where that is later. */
  readonly from: number;
  readonly maxRecords: number;
  /** At least one record is returned however large. */
  readonly maxBytes: number;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** First offset still kept. */
  readonly earliest: number;
  /** Offset of the next append. */
  readonly end: number;
}

/**
 * The whole log, for the event-source emulator, the player and operations.
 *
 * A topic that does not exist has no partitions and no records: reading it answers with nothing, and records for it fail one
 * by one. Where the broker does not answer, every method but `produce` rejects with TransientError.
 */
export interface EventLog extends Producer, TopicDirectory {
  /** Creates what is missing and leaves what exists as it is. */
  createTopics(topics: readonly TopicSettings[]): Promise<void>;
  /** A topic that is created again gets another id. */
  deleteTopic(topic: string): Promise<void>;
  describe(topic: string): Promise<TopicDescription | undefined>;
  listTopics(): Promise<readonly TopicDescription[]>;
  read(range: RangeRead): Promise<readonly LoggedRecord[]>;
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** Per partition the first offset whose timestamp is not before `at`; the end where there is none. */
  offsetsAt(
    topic: string,
    at: EpochMs,
  ): Promise<readonly { readonly partition: number; readonly offset: number }[]>;
  /** Drops what is older than each topic's retention. Returns how many records went. */
  enforceRetention(now: EpochMs): Promise<number>;
}

export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to consume. */
  readonly offset: number;
}

/** Committed offsets of consumer groups. They end with their topic: one that is created again has none. */
export interface ConsumerGroups {
  committed(group: string): Promise<readonly CommittedOffset[]>;
  /** All or none; backwards too. Rejects with TransientError for a partition that does not exist. */
  commit(group: string, offsets: readonly CommittedOffset[]): Promise<void>;
  listGroups(): Promise<readonly string[]>;
}
