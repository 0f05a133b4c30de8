import type { LocalModel } from '../../lib/core/local-model.ts';
import type { Vector } from '../cold-store/schemas.ts';

/**
 * Answers in the place of the hosted model in the local run, over HTTP as the model would. It is never deployed.
 * 0.5 for a value that is three spreads away from the usual one.
 */
export const localModel: LocalModel = {
  param: 'MODEL_URL',
  answer: (request) => {
    const { value, usual, spread } = request as Vector;
    const distance = Math.abs(value - usual) / Math.max(spread, 1e-9);
    // Beyond all measure it is 1: infinity divided by itself would be no number.
    return { score: Number.isFinite(distance) ? distance / (distance + 3) : 1 };
  },
};
