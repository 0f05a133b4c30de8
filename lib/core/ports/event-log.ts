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

/** Whose clock a topic's timestamps are: the broker's at the append, or the producer's at the event. */
export type TimestampType = 'LOG_APPEND_TIME' | 'CREATE_TIME';

export interface TopicSettings {
  readonly name: string;
  readonly partitions: number;
  /** `Infinity`: nothing is dropped for its age. */
  readonly retentionMs: number;
  readonly maxRecordBytes: number;
  /** A record is dropped only with its whole segment: so much later than `retentionMs`, at most. The embedded log has no segments. */
  readonly segmentMs?: number;
}

/** A topic as it is. The embedded log never compacts and always stamps by its own clock: it leaves the rest out. */
export interface TopicDescription extends TopicSettings {
  readonly id: string;
  /** `delete`, `compact`, or both, with a comma. */
  readonly cleanupPolicy?: string;
  readonly timestampType?: TimestampType;
}

export interface LoggedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: EpochMs;
  readonly timestampType: TimestampType;
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

/** Whoever waits for records that are not there yet. */
export interface AppendWatch {
  readonly topic: string;
  /** The offset of each partition at which the next record is awaited. */
  readonly from: readonly { readonly partition: number; readonly offset: number }[];
  /** Called once, for the first record in any of them. */
  readonly onAppend: () => void;
  /** Nothing is awaited any more. */
  readonly signal: AbortSignal;
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
  /** Creates what is missing, stamped by the broker at the append, and leaves what exists as it is. */
  createTopics(topics: readonly TopicSettings[]): Promise<void>;
  /** A topic that is created again gets another id. */
  deleteTopic(topic: string): Promise<void>;
  describe(topic: string): Promise<TopicDescription | undefined>;
  listTopics(): Promise<readonly TopicDescription[]>;
  /** Without any record there is none at or after `from`, however far the end of the partition is: what stood there was compacted, or was no record. */
  read(range: RangeRead): Promise<readonly LoggedRecord[]>;
  offsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** Per partition the first offset whose timestamp is not before `at`; the end where there is none. */
  offsetsAt(
    topic: string,
    at: EpochMs,
  ): Promise<readonly { readonly partition: number; readonly offset: number }[]>;
  /**
   * Waits where the log is for what others append, so that nobody need look again and again; a log without it is looked at so.
   *
   * Resolves when it waits no more: after the first record, some seconds after the signal, or as soon as the log does not answer
   * or knows better offsets. Never rejects.
   */
  readonly watch?: (watch: AppendWatch) => Promise<void>;
}

export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to consume. */
  readonly offset: number;
}

/** `absent`: it has neither members nor offsets. `empty`: it has offsets and no member, so that they can be set. */
export type GroupState = 'absent' | 'empty' | 'active';

/** Committed offsets of consumer groups, seen from outside of them. They end with their topic, at once or a moment later: one that is created again has none. */
export interface ConsumerGroups {
  committed(group: string): Promise<readonly CommittedOffset[]>;
  /**
   * Sets offsets of a group that has no member. All or none; backwards too.
   *
   * Rejects with TransientError: `GROUP_ACTIVE` where it has a member, `LOG_UNAVAILABLE` for a partition that does not exist.
   */
  commit(group: string, offsets: readonly CommittedOffset[]): Promise<void>;
  listGroups(): Promise<readonly string[]>;
  state(group: string): Promise<GroupState>;
}
