import type { EpochMs } from '../units.ts';
import type { TopicDescription } from './event-log.ts';

/** What somebody may do to a topic, a group or the cluster, as Kafka's access control names it. */
export type Right = 'read' | 'write' | 'create' | 'describe' | 'describe-configs';

/** An answer, or why there is none: of one question among several, the others of which are answered all the same. */
export type Answered<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  /** `code`: Kafka's name of what was refused, such as `TOPIC_AUTHORIZATION_FAILED`; `undefined` where nobody answered. */
  | { readonly kind: 'unanswered'; readonly code: string | undefined; readonly why: string };

export interface BrokerAddress {
  readonly node: number;
  /** `host:port`, as the broker advertises it. */
  readonly address: string;
}

export interface BrokerFacts {
  /** Requests of Freshet that it speaks in no version known here. */
  readonly missingApis: readonly string[];
  /** Level of the feature `metadata.version`; `undefined` before KRaft, and with brokers that are not Apache Kafka's. */
  readonly metadataVersion: number | undefined;
  /** Highest version of Fetch: with each release or two it grows. */
  readonly fetchVersion: number;
}

export interface PartitionFacts {
  readonly partition: number;
  readonly hasLeader: boolean;
  readonly replicas: number;
  readonly inSync: number;
}

export interface TopicSettingsFound extends TopicDescription {
  readonly minInSyncReplicas: number;
  readonly uncleanLeaderElection: boolean;
}

/** A topic as its brokers have it. */
export interface TopicFacts {
  readonly id: string;
  readonly partitions: readonly PartitionFacts[];
  readonly rights: ReadonlySet<Right>;
  readonly settings: Answered<TopicSettingsFound>;
}

export interface GroupFacts {
  /** As Kafka words it: `Stable`, `Empty`; `Dead` where there is none. */
  readonly state: string;
  readonly rights: ReadonlySet<Right>;
}

/** Somebody else's clock, compared with ours. */
export interface ClockReading {
  readonly theirs: EpochMs;
  /** When it was asked and when the answer came, by ours: their clock was read between the two. */
  readonly askedAt: EpochMs;
  readonly answeredAt: EpochMs;
}

/** What can be learned of a Kafka cluster without changing anything in it. No method rejects. */
export interface ClusterExamination {
  brokers(): Promise<Answered<readonly BrokerAddress[]>>;
  /** Asks one broker at the address that it advertises. */
  broker(node: number): Promise<Answered<BrokerFacts>>;
  /** `null`: there is none of that name. */
  topic(name: string): Promise<Answered<TopicFacts | null>>;
  group(name: string): Promise<Answered<GroupFacts>>;
  /** Whether the brokers ask anybody what is allowed. */
  authorizer(): Promise<Answered<'present' | 'none'>>;
  /** Asks for an id of an idempotent producer, which writes nothing. */
  producerId(): Promise<Answered<'given'>>;
  /** The clock of the cluster's controller. */
  clock(): Promise<Answered<ClockReading>>;
}

export interface KeyFacts {
  readonly name: string;
  readonly type: 'text' | 'number' | 'binary';
}

/** A DynamoDB table as it is. */
export interface TableFacts {
  /** As DynamoDB words it: `ACTIVE`. */
  readonly status: string;
  /** Partition key, then the sort key where there is one. */
  readonly keys: readonly KeyFacts[];
  readonly indexes: readonly { readonly name: string; readonly keys: readonly KeyFacts[] }[];
  /** The attribute after which items expire; `null` where time to live is off. */
  readonly timeToLive: Answered<string | null>;
}

/** What can be learned of tables without changing them. No method rejects. */
export interface TableExamination {
  /** `null`: there is no such table. */
  table(name: string): Promise<Answered<TableFacts | null>>;
  /** By the `Date` of an answer, which has whole seconds; `undefined` where none came with one. */
  clock(): ClockReading | undefined;
}
