import type { TSchema } from 'typebox';
import type { WireFormat } from './formats.ts';
import type { IdentifyMapping } from './topics.ts';

/** A contract with every default filled in: nothing inside is optional. Times in ms, sizes in bytes. */
export interface ResolvedContract {
  readonly pipeline: string;
  readonly version: string;
  readonly owner: string;
  readonly freshness: { readonly targetMs: number; readonly objective: number };
  readonly deadlineMs: number;
  readonly source: ResolvedSource;
  readonly context: Readonly<Record<string, ResolvedContext>>;
  readonly features: ResolvedFeatures;
  readonly inference: ResolvedInference;
  readonly action: ResolvedAction;
  /** The topics between the stages, created by the deployment; each names its dead-letter topic. */
  readonly vectors: ResolvedTopic;
  readonly decisions: ResolvedTopic;
  readonly outcomes: ResolvedTopic;
  readonly largePayloads: 'dead-letter' | 'bucket';
  readonly keyRetentionMs: number;
  readonly alarms: {
    readonly lag: number;
    readonly pageAt: readonly [number, number];
    readonly ticketAt: number;
  };
  /** What is allowed but should be known, such as an identity made of coordinates. Shown by synth and `contract check`. */
  readonly warnings: readonly string[];
}

export interface ResolvedTopic {
  readonly kind: 'created' | 'existing';
  /** Without the environment. */
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly segmentMs: number;
  readonly maxRecordBytes: number;
  /** `{name}.dlq` (K2). */
  readonly deadLetters: string;
}

export interface ResolvedSource extends ResolvedTopic {
  readonly key: string;
  readonly time: string;
  readonly events: Readonly<Record<string, TSchema>>;
  readonly format: WireFormat;
  readonly unknown: 'ignore' | 'dead-letter';
  readonly identify: IdentifyMapping | null;
}

export interface ResolvedStage {
  readonly budget: ResolvedBudget;
  readonly mapping: ResolvedMapping;
}

export interface ResolvedBudget {
  readonly fetchMs: number;
  readonly processMs: number;
  readonly externalMs: number;
  readonly emitMs: number;
}

export interface ResolvedMapping {
  /** Without the environment. */
  readonly group: string;
  readonly batchSize: number;
  readonly windowMs: number;
  /** `null`: on-demand. */
  readonly pollers: { readonly min: number; readonly max: number } | null;
  /** `null`: TRIM_HORIZON. */
  readonly startAt: string | null;
  /** −1: infinite. */
  readonly retries: number;
  /** −1: infinite. */
  readonly maxAgeMs: number;
  readonly bisect: boolean;
  /** Asked of the mapping, and told to the function as `FRESHET_RESPONSE`. */
  readonly partialResponses: boolean;
  readonly onFailure: 'dead-letter-topic' | 'bucket' | 'none';
  readonly minimumWaitMs: number;
  readonly timeoutMs: number;
}

export interface ResolvedContext extends ResolvedStage {
  readonly source: ResolvedSource;
  readonly maxAgeMs: number;
  readonly historyMs: number;
  readonly whenStale: 'flag' | 'suppress';
}

export interface ResolvedFeatures extends ResolvedStage {
  readonly row: TSchema;
  readonly output: TSchema;
  readonly memoryMs: number;
  readonly foldVersion: number;
  readonly maxRowBytes: number;
  readonly recentIds: number;
  readonly holes: number;
}

export interface ResolvedGiveUp {
  readonly afterMs: number;
  readonly attempts: number;
}

export interface ResolvedInference extends ResolvedStage {
  readonly output: TSchema;
  readonly late: 'flag' | 'suppress';
  readonly snapshot: 'reference' | 'values';
  readonly giveUp: ResolvedGiveUp;
}

export interface ResolvedAction extends ResolvedStage {
  readonly effect: 'keyed' | 'at-most-once';
  readonly late: 'flag' | 'suppress';
  /** `null`: unlimited. */
  readonly limitPerMinute: number | null;
  readonly giveUp: ResolvedGiveUp;
}

/** The name of a stage in groups, metrics and reports: a context's is `context-<name>`. */
export type StageName = 'features' | 'inference' | 'action' | `context-${string}`;

export const contextStageName = (context: string): StageName => `context-${context}`;

/** A topic's name in an environment: the deployment's name goes before those that Freshet creates (K1). */
export const topicIn = (environment: string, topic: Pick<ResolvedTopic, 'kind' | 'name'>): string =>
  topic.kind === 'created' ? `${environment}.${topic.name}` : topic.name;

/** Dead letters of an existing topic are in a topic that Freshet creates beside it, under that topic's own name. */
export const deadLettersIn = (
  environment: string,
  topic: Pick<ResolvedTopic, 'kind' | 'deadLetters'>,
): string => (topic.kind === 'created' ? `${environment}.${topic.deadLetters}` : topic.deadLetters);

export const groupIn = (environment: string, mapping: Pick<ResolvedMapping, 'group'>): string =>
  `${environment}.${mapping.group}`;
