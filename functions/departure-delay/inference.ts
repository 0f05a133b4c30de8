import { logistic } from '../../lib/adapters/logistic.ts';
import { defineInference } from '../../lib/core/stages/inference.ts';
import { handle } from '../../lib/runtime/handle.ts';
import { contract } from './contract.ts';
import { decisionOf } from './decision.ts';
import { modelFeatures } from './model-features.ts';
import modelFile from './model.json' with { type: 'json' };

const model = logistic(modelFile, modelFeatures);

export const inference = defineInference(contract, {
  model,
  decide: (answer) => decisionOf(answer, model.version),
});

export const handler = handle(inference);
