import { digestOf } from '../../lib/core/digest.ts';
import type { Model } from '../../lib/core/stages/inference.ts';
import type { Vector } from '../cold-store/schemas.ts';

/**
 * Where the model answers: part of the code, as its version is, so that a decision can be traced to who made it. In the local
 * run MODEL_URL names the stand-in of local-model.ts instead, unless you have set it to a model of your own.
 */
const addressOf = (): string => process.env['MODEL_URL'] ?? 'https://models.example.com/v1/score';
const version = '1.0.0';

const scoreIn = (answer: unknown): number => {
  const score: unknown =
    typeof answer === 'object' && answer !== null && 'score' in answer ? answer.score : undefined;
  if (typeof score === 'number' && score >= 0 && score <= 1) return score;
  throw new Error('the model answered without a score from 0 to 1');
};

/** A model behind HTTP. What it throws is transient: the vector is tried again until the contract gives up. */
export const model: Model<Vector, { readonly score: number }> = {
  id: 'hosted',
  version,
  digest: digestOf(`hosted ${version}`),
  infer: async (vector, { signal, trace }) => {
    const response = await fetch(addressOf(), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        // The model's spans join the trace that the event belongs to.
        ...(trace?.traceparent === undefined ? {} : { traceparent: trace.traceparent }),
      },
      body: JSON.stringify(vector),
      // Aborted when the invocation's time runs out: an answer that comes later counts for nothing.
      signal,
    });
    if (!response.ok) throw new Error(`the model answered with status ${response.status}`);
    return { answer: { score: scoreIn(await response.json()) } };
  },
};
