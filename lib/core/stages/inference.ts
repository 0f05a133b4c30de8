import type { ResolvedContract } from '../contract/resolved.ts';
import type { Trigger, TriggerTypes } from '../contract/trigger.ts';
import type { TraceContext } from '../trace.ts';
import type { EpochMs } from '../units.ts';

/** What a model is told about the call; the same for a bundled model and a hosted one. */
export interface ModelCall {
  /** Aborted when the invocation's time runs out, less what is kept to write down what came of it: at `deadline`. */
  readonly signal: AbortSignal;
  readonly deadline: EpochMs;
  /** The trace that the record belongs to: pass it on, and the other side's spans join it. */
  readonly trace: TraceContext | undefined;
}

/**
 * How an answer came about (D3). A decision carries it in headers of its record, where whoever reads the topic can see it; what
 * is too long is cut and says so.
 */
export interface ModelTrace {
  /** Up to 8,192 characters. */
  readonly prompt?: string;
  /** References to what was retrieved, and not the texts themselves: up to 32 of 512 characters. */
  readonly retrieval?: readonly string[];
  /** What the guardrail said, up to 512 characters. */
  readonly guardrail?: string;
  /** The tools that were called, in order: up to 32 of 512 characters. */
  readonly toolCalls?: readonly string[];
}

/** What a call used, carried in the decision's envelope (D1, D3). */
export interface ModelUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly costUsd?: number;
  /** The model that really answered, where the provider tells. */
  readonly responseModel?: string;
  /** The provider's id of the request: what its support asks for. */
  readonly requestId?: string;
  /** How sure the model is, as it says it itself. */
  readonly confidence?: number;
  readonly trace?: ModelTrace;
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

/** The inference stage as the engine sees it; for tests it carries the types of its contract. */
export interface InferenceStage<Types extends TriggerTypes = TriggerTypes> {
  readonly kind: 'inference';
  readonly contract: ResolvedContract;
  readonly model: Model<unknown, object>;
  readonly decide: (input: object) => unknown;
  /** Only in the type system. */
  readonly types?: Types;
}

export const defineInference = <Types extends TriggerTypes, Answer extends object>(
  contract: Trigger<Types>,
  options: {
    readonly model: Model<Types['vector'], Answer>;
    /** Pure: from the model's answer and the vector to the decision. What it throws is permanent. */
    readonly decide: (input: Answer & { readonly vector: Types['vector'] }) => Types['decision'];
  },
): InferenceStage<Types> => ({
  kind: 'inference',
  contract: contract.resolved,
  model: options.model,
  decide: options.decide as unknown as InferenceStage['decide'],
});
