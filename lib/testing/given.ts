/**
 * Tests for the functions of a pipeline, without a log, a store or a downstream.
 *
 * Each runs through the real core, and again under every way in which a mapping may deliver: redelivered, split again, with
 * workers that crash at each of their calls. Results that differ fail the test with the delivery that made the difference.
 *
 * ```ts
 * const { emissions: vectors } = await given(features).context('weather', rain).events(event('boarding', flight));
 * const { emissions: decisions } = await given(inference).vectors(...vectors);
 * const { effects } = await given(action, { transport: fakeTransport() }).decisions(...decisions);
 * ```
 */
import type { ActionStage } from '../core/stages/action.ts';
import type { FeaturesStage } from '../core/stages/features.ts';
import type { InferenceStage } from '../core/stages/inference.ts';
import type { FakeTransport } from './fake-transport.ts';
import { GivenAction } from './given-action.ts';
import { GivenFeatures } from './given-features.ts';
import { GivenInference } from './given-inference.ts';

export function given(stage: FeaturesStage): GivenFeatures;
export function given(stage: InferenceStage): GivenInference;
export function given(stage: ActionStage, options?: { readonly transport?: FakeTransport }): GivenAction;
export function given(
  stage: FeaturesStage | InferenceStage | ActionStage,
  options: { readonly transport?: FakeTransport } = {},
): GivenFeatures | GivenInference | GivenAction {
  switch (stage.kind) {
    case 'features':
      return new GivenFeatures(stage);
    case 'inference':
      return new GivenInference(stage);
    case 'action':
      return new GivenAction(stage, options.transport);
  }
}
