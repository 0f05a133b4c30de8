import { digestOf } from '../../core/digest.ts';
import { ConfigError } from '../../core/errors.ts';
import type { EpochMs } from '../../core/units.ts';
import type { FilterPattern } from './filters.ts';
import { mappingProblems } from './mapping-rules.ts';

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

type Named = Pick<MappingConfig, 'functionName' | 'topic' | 'group'>;

/** What describes a mapping; every member but three has Lambda's default. */
export interface MappingOptions extends Named, Partial<Omit<MappingConfig, keyof Named | 'undocumented'>> {
  readonly undocumented?: Partial<UndocumentedChoices>;
}

/** Lambda's limit for the payload of a synchronous invocation: 6 MB. */
const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/** With an on-failure destination, infinite retries are silently this many. */
const RETRIES_WITH_DESTINATION = 10;

/**
 * Fills Lambda's defaults in and validates as Lambda validates; what it caps in silence is capped here too.
 *
 * @param now - AT_TIMESTAMP must not be later
 * @throws {ConfigError} `PIPELINE_INVALID`, with every problem at once
 * @see AWS Lambda API reference, CreateEventSourceMapping
 */
export const resolveMapping = (options: MappingOptions, now: EpochMs): MappingConfig => {
  const config: MappingConfig = {
    uuid: uuidOf(options),
    functionArn: `arn:aws:lambda:local:000000000000:function:${options.functionName}`,
    source: { kind: 'self-managed', bootstrapServers: ['localhost:9092'] },
    batchSize: 100,
    batchBytes: PAYLOAD_LIMIT_BYTES,
    windowMs: 500,
    pollers: 'on-demand',
    startingPosition: { kind: 'TRIM_HORIZON' },
    filters: [],
    partialResponses: false,
    retries: -1,
    maxAgeMs: -1,
    bisect: false,
    destination: { kind: 'none' },
    timeoutMs: 3_000,
    concurrency: 10,
    backoff: { firstMs: 100, maxMs: 5_000 },
    ...options,
    undocumented: {
      afterPartialFailure: 'resume-at-first',
      afterProgress: 'retries-kept',
      splitting: 'free',
      destinationFor: 'unfinished',
      whenRefused: 'keeps-trying',
      ...options.undocumented,
    },
  };
  const problems = mappingProblems(config, now);
  if (problems.length > 0)
    throw new ConfigError('PIPELINE_INVALID', {
      message: `the event source mapping of ${config.functionName} on topic ${config.topic} is not valid:`,
      problems,
    });
  const capped = config.retries === -1 && config.destination.kind !== 'none';
  return capped ? { ...config, retries: RETRIES_WITH_DESTINATION } : config;
};

/** The same mapping has the same UUID in every run, so that its metrics and objects stay together. */
const uuidOf = ({ functionName, topic, group }: Named): string => {
  const digest = digestOf(JSON.stringify([functionName, topic, group]));
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
};
