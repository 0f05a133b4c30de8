/**
 * Tests for the functions of a pipeline, without a log, a store or a downstream.
 *
 * Each runs through the real core, and again under every way in which a mapping may deliver: redelivered, in other batches,
 * shuffled across keys, overtaken by another worker, with workers that crash at each of their calls. Functions that depend on
 * more than their input, and results that differ, fail the test: which law broke, by which delivery, what differed, how to mend it.
 *
 * ```ts
 * const { emissions: vectors } = await given(features).context('weather', rain).events(event('boarding', flight));
 * const { emissions: decisions } = await given(inference).vectors(...vectors);
 * const { effects } = await given(action, { transport: fakeTransport() }).decisions(...decisions);
 * ```
 */
import type { TriggerTypes } from '../core/contract/trigger.ts';
import type { ActionStage } from '../core/stages/action.ts';
import type { FeaturesStage } from '../core/stages/features.ts';
import type { InferenceStage } from '../core/stages/inference.ts';
import type { FakeTransport } from './fake-transport.ts';
import { GivenAction } from './given-action.ts';
import { GivenFeatures } from './given-features.ts';
import { GivenInference } from './given-inference.ts';

interface ActionOptions {
  readonly transport?: FakeTransport;
}

export function given<Types extends TriggerTypes>(stage: FeaturesStage<Types>): GivenFeatures<Types>;
export function given<Types extends TriggerTypes>(stage: InferenceStage<Types>): GivenInference<Types>;
export function given<Types extends TriggerTypes>(
  stage: ActionStage<string, Types>,
  options?: ActionOptions,
): GivenAction<Types>;
export function given<Types extends TriggerTypes>(
  stage: FeaturesStage<Types> | InferenceStage<Types> | ActionStage<string, Types>,
  options: ActionOptions = {},
): GivenFeatures<Types> | GivenInference<Types> | GivenAction<Types> {
  switch (stage.kind) {
    case 'features':
      return new GivenFeatures(stage);
    case 'inference':
      return new GivenInference(stage);
    case 'action':
      return new GivenAction(stage, options.transport);
  }
}
