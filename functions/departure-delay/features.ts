import { defineFeatures } from '../../lib/core/stages/features.ts';
import { handle } from '../../lib/runtime/handle.ts';
import { emptyBoard, withDelay, withWaiting } from './board.ts';
import { contract } from './contract.ts';
import { vectorOf } from './vector.ts';

export const features = defineFeatures(contract, {
  initial: emptyBoard,
  on: {
    recorded: { fold: withDelay },
    boarding: {
      fold: withWaiting,
      emit: ({ state, event, context }) => vectorOf(state, event, context.weather),
    },
  },
});

export const handler = handle(features);
