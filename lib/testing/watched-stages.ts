/** Stages whose functions are watched: whether they are pure, and leave their input alone. */
import type { ActionStage } from '../core/stages/action.ts';
import type { FeatureHandler, FeaturesStage } from '../core/stages/features.ts';
import type { InferenceStage } from '../core/stages/inference.ts';
import { pure, unchanging, type PurityWatch } from './purity.ts';

type Handler = FeatureHandler<unknown, unknown, unknown, object>;

export const watchedFeatures = (stage: FeaturesStage, watch: PurityWatch): FeaturesStage => ({
  ...stage,
  on: Object.fromEntries(
    Object.entries(stage.on).map(([type, { fold, emit }]): [string, Handler] => [
      type,
      {
        fold: pure(`fold of "${type}"`, ['state', 'event'], fold, watch),
        ...(emit === undefined ? {} : { emit: pure(`emit of "${type}"`, ['input'], emit, watch) }),
      },
    ]),
  ),
});

/** A model may answer differently each time: only its vector is none of its own. */
export const watchedInference = (stage: InferenceStage, watch: PurityWatch): InferenceStage => {
  const { id, version, digest } = stage.model;
  return {
    ...stage,
    model: {
      id,
      version,
      digest,
      infer: (vector, call) =>
        unchanging(
          'infer of the model',
          ['vector'],
          (frozen: unknown) => stage.model.infer(frozen, call),
          watch,
        )(vector),
    },
    decide: pure('decide', ['input'], stage.decide, watch),
  };
};

export const watchedAction = (stage: ActionStage, watch: PurityWatch): ActionStage => ({
  ...stage,
  request: pure('request', ['decision'], stage.request, watch),
});
