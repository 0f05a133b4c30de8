import { defineInference } from '../../lib/core/stages/inference.ts';
import { handle } from '../../lib/runtime/handle.ts';
import { contract } from './contract.ts';
import { model } from './model.ts';

/** From this score on somebody is told. */
const threshold = 0.5;

export const inference = defineInference(contract, {
  model,
  // Pure. The model is asked once for an event; this decision is kept, and never made anew by a redelivery.
  decide: ({ score, vector: { entity, at, value, usual } }) => ({
    entity,
    at,
    score,
    alert: score >= threshold,
    reason: `${value}, where ${Math.round(usual * 100) / 100} is usual`,
  }),
});

export const handler = handle(inference);
