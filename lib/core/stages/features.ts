import type { Trigger, TriggerTypes } from '../contract/trigger.ts';
import type { ResolvedContract } from '../contract/resolved.ts';

/**
 * What a vector may know of a context: the newest observation that is not after the event's time.
 * `missing` is not `unavailable`: a store that does not answer is a transient failure, and nothing is emitted.
 */
export type ContextView<Value> =
  | { readonly status: 'fresh' | 'stale'; readonly value: Value; readonly ageMs: number }
  | { readonly status: 'missing' };

export interface FeatureHandler<Row, Event, Vector, Contexts extends object> {
  /** Pure. Never sees context, so that the same events give the same bytes. What it throws is permanent. */
  readonly fold: (state: Row, event: Event) => Row;
  /** Called after the fold, with the state it returned. Pure. */
  readonly emit?: (input: {
    readonly state: Row;
    readonly event: Event;
    readonly context: { readonly [Name in keyof Contexts]: ContextView<Contexts[Name]> };
  }) => Vector | readonly Vector[] | undefined;
}

/** The features stage as the engine sees it; for tests it carries the types of its contract. */
export interface FeaturesStage<Types extends TriggerTypes = TriggerTypes> {
  readonly kind: 'features';
  readonly contract: ResolvedContract;
  readonly initial: unknown;
  readonly on: Readonly<Record<string, FeatureHandler<unknown, unknown, unknown, object>>>;
  /** Only in the type system. */
  readonly types?: Types;
}

/** State and feature vectors. Every event type of the contract must have a handler. */
export const defineFeatures = <Types extends TriggerTypes>(
  contract: Trigger<Types>,
  options: {
    /** State of an entity before its first event. */
    readonly initial: Types['row'];
    readonly on: {
      readonly [Type in keyof Types['events']]: FeatureHandler<
        Types['row'],
        Types['events'][Type],
        Types['vector'],
        Types['contexts']
      >;
    };
  },
): FeaturesStage<Types> => ({
  kind: 'features',
  contract: contract.resolved,
  initial: options.initial,
  // The handlers were checked against the contract's types above; inside, the engine hands them what the validators let through.
  on: options.on as unknown as FeaturesStage['on'],
});
