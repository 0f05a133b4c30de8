import type { ResolvedContract } from '../contract/resolved.ts';
import type { Trigger, TriggerTypes } from '../contract/trigger.ts';
import type { EpochMs } from '../units.ts';

/** What a model is told about the call; the same for a bundled model and a hosted one. */
export interface ModelCall {
  /** Aborted when the stage's budget or the invocation's time runs out. */
  readonly signal: AbortSignal;
  readonly deadline: EpochMs;
  readonly traceparent: string | undefined;
}

/** What a call used, carried in the decision's envelope (D1, D3). */
export interface ModelUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costUsd?: number;
  /** The model that really answered, where the provider tells. */
  readonly responseModel?: string;
}

/** Who decides: named so that a decision can be traced to it, and a replay can pin it (D6). */
export interface Model<Vector, Answer extends object> {
  readonly id: string;
  readonly version: string;
  /** SHA-256 of the weights, or of what stands for them. */
  readonly digest: string;
  /**
   * What it throws is transient, unless it is a PermanentRecordError.
   * A model that does not heed the signal is abandoned: its late answer counts for nothing.
   */
  infer(vector: Vector, call: ModelCall): Promise<ModelAnswer<Answer>> | ModelAnswer<Answer>;
}

export interface ModelAnswer<Answer extends object> {
  readonly answer: Answer;
  readonly usage?: ModelUsage;
}

/** The inference stage as the engine sees it. */
export interface InferenceStage {
  readonly kind: 'inference';
  readonly contract: ResolvedContract;
  readonly model: Model<unknown, object>;
  readonly decide: (input: object) => unknown;
}

export const defineInference = <Types extends TriggerTypes, Answer extends object>(
  contract: Trigger<Types>,
  options: {
    readonly model: Model<Types['vector'], Answer>;
    /** Pure: from the model's answer and the vector to the decision. What it throws is permanent. */
    readonly decide: (input: Answer & { readonly vector: Types['vector'] }) => Types['decision'];
  },
): InferenceStage => ({
  kind: 'inference',
  contract: contract.resolved,
  model: options.model,
  decide: options.decide as unknown as InferenceStage['decide'],
});
