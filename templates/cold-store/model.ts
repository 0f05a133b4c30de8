import { digestOf } from '../../lib/core/digest.ts';
import type { Model } from '../../lib/core/stages/inference.ts';
import type { Vector } from './schemas.ts';

const rule = 'distance / (distance + 3); distance = |value − usual| / spread';

/**
 * A rule in a model's clothes, bundled with its stage: 0.5 for a value that is three spreads away from the usual one.
 * A trained one takes its place by logistic(file, features) of lib/adapters/logistic.ts.
 */
export const model: Model<Vector, { readonly score: number }> = {
  id: 'unusual',
  // Every decision carries id, version and digest: raise the version whenever the rule changes.
  version: '1.0.0',
  digest: digestOf(rule),
  infer: ({ value, usual, spread }) => {
    const distance = Math.abs(value - usual) / Math.max(spread, 1e-9);
    // Beyond all measure it is 1: infinity divided by itself would be no number.
    return { answer: { score: Number.isFinite(distance) ? distance / (distance + 3) : 1 } };
  },
};
