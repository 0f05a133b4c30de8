import { defineFeatures } from '../../lib/core/stages/features.ts';
import { handle } from '../../lib/runtime/handle.ts';
import { contract } from './contract.ts';
import { entityOf, timeOf, valueOf } from './event.ts';
import { unseen, withValue } from './row.ts';

/** Stateful: a value is compared with the entity's own past. Every event type of the contract needs a handler here. */
export const features = defineFeatures(contract, {
  initial: unseen,
  on: {
    observed: {
      fold: (row, event) => withValue(row, valueOf(event)),
      // Called after the fold, with the row it returned; `undefined` would emit nothing.
      emit: ({ state: { before }, event }) => ({
        entity: entityOf(event),
        at: timeOf(event),
        value: valueOf(event),
        usual: before.mean,
        spread: before.deviation,
      }),
    },
  },
});

export const handler = handle(features);
