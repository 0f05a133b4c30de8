import { defineFeatures } from '../../lib/core/stages/features.ts';
import { handle } from '../../lib/runtime/handle.ts';
import { baseline } from '../cold-store/baseline.ts';
import { entityOf, timeOf, valueOf } from '../cold-store/event.ts';
import { contract } from './contract.ts';

/** Stateless: a value is compared with the baseline. Every event type of the contract needs a handler here. */
export const features = defineFeatures(contract, {
  initial: {},
  on: {
    observed: {
      // The row stays empty: what an event leaves behind would go in here.
      fold: (row) => row,
      // `undefined` would emit nothing.
      emit: ({ event }) => ({
        entity: entityOf(event),
        at: timeOf(event),
        value: valueOf(event),
        usual: baseline.mean,
        spread: baseline.deviation,
      }),
    },
  },
});

export const handler = handle(features);
