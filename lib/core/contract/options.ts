import type { TSchema } from 'typebox';
import type { Duration, Rate } from '../units.ts';
import type { EffectPolicy } from './policies.ts';
import type { EventSchemas, TopicDefinition } from './topics.ts';

/** What a mapping may wait and how it retries; every member has a default, named in {@link ResolvedMapping}. */
export interface MappingOptions {
  /** Consumer group. @default `{environment}.{pipeline}.{stage}`, with the environment added by the deployment */
  readonly group?: string;
  /** Records in a batch, 1–10,000. @default 100 */
  readonly batchSize?: number;
  /** Batching window: 500 ms, which is Lambda's default, or whole seconds from 0 to 300. @default 500 ms */
  readonly window?: Duration;
  /** Event pollers; `'on-demand'` gives up partial responses, bisect, retry and age limits. @default { min: 1, max: 1 } */
  readonly pollers?: { readonly min: number; readonly max: number } | 'on-demand';
  /** Where a new group starts. LATEST is refused: it can miss records. @default 'TRIM_HORIZON' */
  readonly start?: 'TRIM_HORIZON' | 'LATEST' | { readonly at: string };
  /**
   * Retries of a batch, 0–10,000, or 'infinite'.
   * @default twice as many as outlast giveUp.after at the minimum wait, at least 20; infinite on demand
   */
  readonly retries?: number | 'infinite';
  /** Records older than this go to the destination, 60 s – 7 days, or 'infinite'. @default 1 day; infinite on demand */
  readonly maxAge?: Duration | 'infinite';
  /** Halve a batch that failed. @default true in provisioned mode */
  readonly bisect?: boolean;
  /** Where records go that the mapping gave up on. @default 'dead-letter-topic' in provisioned mode, else 'none' */
  readonly onFailure?: 'dead-letter-topic' | 'bucket' | 'none';
  /** The least an invocation waits before it hands unfinished records back, so that retries are not burned. @default 1 s */
  readonly minimumWait?: Duration;
  /** Lambda's timeout for an invocation, at most 14 minutes. @default 30 s */
  readonly timeout?: Duration;
}

/**
 * Where a stage's time goes. A plain duration is split over process, external and emit: 20, 60 and 20 % where the stage calls
 * a model or has an effect; features and context call nothing, and get 80 % and 20 % of it.
 */
export type BudgetOption = Duration | BudgetParts;

export interface BudgetParts {
  /** From the broker to the event poller, at least the batching window. @default the window, or 250 ms where it is 0 */
  readonly fetch?: Duration;
  readonly process: Duration;
  /** The model's call or the effect; refused for features and context. @default as long as process */
  readonly external?: Duration;
  /** @default 100 ms */
  readonly emit?: Duration;
}

interface StageOptions {
  readonly budget: BudgetOption;
  readonly mapping?: MappingOptions;
}

export interface ContextOptions<Events extends EventSchemas> {
  readonly source: TopicDefinition<Events>;
  /** Older than this, measured between event times, it is stale. */
  readonly maxAge: Duration;
  /** How long observations are kept, measured between event times. */
  readonly history: Duration;
  /** What the gate does with a vector whose context was stale or missing. @default 'flag' */
  readonly whenStale?: 'flag' | 'suppress';
  /** Not part of the target: nobody waits for context. @default 500 ms */
  readonly budget?: BudgetOption;
  readonly mapping?: MappingOptions;
}

export interface FeaturesOptions<Row extends TSchema, Vector extends TSchema> extends StageOptions {
  /** The entity's state. */
  readonly row: Row;
  /** How far back the state remembers; a rebuild starts this long before. */
  readonly memory: Duration;
  readonly output: Vector;
  /** Raise it when the meaning of the state changes: rows of another version stop the stage instead of being misread. @default 1 */
  readonly foldVersion?: number;
  /** Largest row, in bytes. @default 350,000 (DynamoDB's item limit is 400 KB) */
  readonly maxRowBytes?: number;
  /** How many recent identities a row remembers, to drop a producer's duplicates. @default 128 */
  readonly recentIds?: number;
  /** How many dead letters of a row stay redrivable. @default 64 */
  readonly holes?: number;
}

export interface InferenceOptions<Decision extends TSchema> extends StageOptions {
  readonly output: Decision;
  /** What the gate does with an event past its deadline. @default 'flag' */
  readonly late?: 'flag' | 'suppress';
  /**
   * What a decision keeps of the vector it was made from (D2): a reference, which is the vector's digest and its row's version
   * and digest, or also its values, which make the decision larger and live as long as it does.
   * @default 'reference'
   */
  readonly snapshot?: 'reference' | 'values';
  /** When to stop trying a model that fails. @default the action's giveUp */
  readonly giveUp?: GiveUpOptions;
}

export interface GiveUpOptions {
  /** Time since the first attempt … */
  readonly after: Duration;
  /** … and attempts: both must have passed. */
  readonly attempts: number;
}

export interface ActionOptions<Effect extends EffectPolicy> extends StageOptions {
  readonly effect: Effect;
  /** @default 'suppress' */
  readonly late?: 'flag' | 'suppress';
  /** Effects per minute across all workers (T13). @default unlimited */
  readonly limit?: Rate;
  readonly giveUp: GiveUpOptions;
}

export interface TriggerOptions<
  Events extends EventSchemas,
  Contexts extends Readonly<Record<string, EventSchemas>>,
  Row extends TSchema,
  Vector extends TSchema,
  Decision extends TSchema,
  Effect extends EffectPolicy,
> {
  /** kebab-case; the name of its folder under `functions/`. */
  readonly pipeline: string;
  /** Semantic version of the contract (T1). */
  readonly version: string;
  /** The team that answers for it (T1, D9). */
  readonly owner: string;
  /** The promise that is measured: this share of events is settled within the target. */
  readonly freshness: { readonly target: Duration; readonly objective: number };
  /** After it, acting is pointless. */
  readonly deadline: Duration;
  readonly source: TopicDefinition<Events>;
  readonly context?: { readonly [Name in keyof Contexts]: ContextOptions<Contexts[Name]> };
  readonly features: FeaturesOptions<Row, Vector>;
  readonly inference: InferenceOptions<Decision>;
  readonly action: ActionOptions<Effect>;
  /**
   * What becomes of a request or a decision that is too large for an item of the store (400 KB): a dead letter before anything is
   * done, or it is kept in a bucket and the item points to it. @default 'dead-letter'
   */
  readonly largePayloads?: 'dead-letter' | 'bucket';
  /** How long a settled key is remembered. @default retention + segment + 1 day of the chain's longest-lived topic */
  readonly keyRetention?: Duration;
  readonly alarms?: {
    /** Records not yet consumed (K7). @default 5,000 */
    readonly lag?: number;
    /** Burn rates of the error budget that page. @default 14.4 (1 h and 5 min) and 6 (6 h and 30 min) */
    readonly pageAt?: readonly [number, number];
    /** Burn rate that opens a ticket. @default 1 (3 d and 6 h) */
    readonly ticketAt?: number;
  };
}

/** The options of any contract, without the types that flow into its stages. */
export type AnyTriggerOptions = TriggerOptions<
  EventSchemas,
  Readonly<Record<string, EventSchemas>>,
  TSchema,
  TSchema,
  TSchema,
  EffectPolicy
>;
