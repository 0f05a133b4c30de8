import type { EpochMs } from '../../core/units.ts';
import type { FilterPattern } from './filters.ts';

/** Where the cluster is: it decides on `eventSource` and `eventSourceArn` of every event. */
export type ClusterSource =
  | { readonly kind: 'msk'; readonly arn: string; readonly bootstrapServers: readonly string[] }
  | { readonly kind: 'self-managed'; readonly bootstrapServers: readonly string[] };

/** Where a group begins that has committed nothing yet. */
export type StartingPosition =
  | { readonly kind: 'TRIM_HORIZON' }
  /** Can miss records: what was appended while the mapping was being created or updated. */
  | { readonly kind: 'LATEST' }
  /** Whole seconds, not in the future. */
  | { readonly kind: 'AT_TIMESTAMP'; readonly at: EpochMs };

/** Where records go that the mapping gave up on. */
export type Destination =
  | { readonly kind: 'none' }
  /** `kafka://<topic>`: one record for each, with its payload and its key. */
  | { readonly kind: 'kafka'; readonly topic: string }
  /** A bucket, here a folder: one object for each discarded batch, with its payload. */
  | { readonly kind: 's3'; readonly folder: string };

/**
 * What AWS does not document. Whoever is fed by a mapping has to be right under either choice.
 *
 * @see AWS Lambda developer guide, "kafka-retry-configurations" and "kafka-on-failure", which leave these open
 */
export interface UndocumentedChoices {
  /** Whether the first reported offset of a partition is a resume point, as with Kinesis, or the identifiers are a list. */
  readonly afterPartialFailure: 'resume-at-first' | 'retry-listed-only';
  /** Whether a partial success gives the records that remain their retries back. */
  readonly afterProgress: 'retries-restored' | 'retries-kept';
  /** Whether splitting a failed batch uses up a retry; with Kinesis it does not. */
  readonly splitting: 'free' | 'uses-a-retry';
  /** Whether the destination is told of what is unfinished, or of the whole last invocation. */
  readonly destinationFor: 'unfinished' | 'last-invocation';
  /** What becomes of a batch that its destination can never take, such as a record above the topic's limit. */
  readonly whenRefused: 'keeps-trying' | 'dropped';
}

/** Waits between tries: the first is `firstMs`, each further one twice as long, at most `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** An event source mapping, resolved: nothing inside is optional. Times in ms, sizes in bytes. */
export interface MappingConfig {
  readonly uuid: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly source: ClusterSource;
  /** Physical name. */
  readonly topic: string;
  readonly group: string;
  readonly batchSize: number;
  /** Largest event, as the bytes of its JSON. */
  readonly batchBytes: number;
  readonly windowMs: number;
  /** How many event pollers share the partitions. On-demand, one: it takes minutes before Lambda adds another. */
  readonly pollers: number | 'on-demand';
  readonly startingPosition: StartingPosition;
  /** A record passes where one of them matches; none: every record does. */
  readonly filters: readonly FilterPattern[];
  readonly partialResponses: boolean;
  /** −1: infinite. */
  readonly retries: number;
  /** −1: infinite. */
  readonly maxAgeMs: number;
  readonly bisect: boolean;
  readonly destination: Destination;
  /** Of the function. */
  readonly timeoutMs: number;
  /** Invocations side by side, of the function: its reserved concurrency. */
  readonly concurrency: number;
  readonly backoff: Backoff;
  readonly undocumented: UndocumentedChoices;
}

/** What every mapping has to be told. */
export type MappingIdentity = Pick<MappingConfig, 'functionName' | 'topic' | 'group'>;

/** What describes a mapping; every member but three has Lambda's default. */
export interface MappingOptions
  extends MappingIdentity, Partial<Omit<MappingConfig, keyof MappingIdentity | 'undocumented'>> {
  readonly undocumented?: Partial<UndocumentedChoices>;
}
