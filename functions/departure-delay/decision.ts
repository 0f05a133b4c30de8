import type { LogisticAnswer } from '../../lib/adapters/logistic.ts';
import { topReasons } from './reasons.ts';
import type { Decision, FeatureVector } from './schemas.ts';

/** From the model's answer to the decision. Whether it came late is not known here: the engine flags that in the envelope. */
export const decisionOf = (
  {
    score,
    threshold,
    contributions,
    outsideTraining,
    vector,
  }: LogisticAnswer & { readonly vector: FeatureVector },
  modelVersion: string,
): Decision => {
  const { flight, carrier, origin, destination, scheduledDeparture, weather } = vector;
  // What is shown is what is decided on: a score that reads 0.35 is never below a threshold of 0.35.
  const shown = Math.round(score * 10_000) / 10_000;
  return {
    flight,
    carrier,
    origin,
    destination,
    scheduledDeparture,
    score: shown,
    warn: shown >= threshold,
    reasons: topReasons(contributions, vector),
    flags: [
      ...(weather.status === 'fresh' ? [] : [`weather:${weather.status}`]),
      ...outsideTraining.map((name) => `outside-training:${name}`),
    ],
    modelVersion,
  };
};
