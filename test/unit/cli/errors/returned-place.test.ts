import { join } from 'node:path';
import { expect, it } from 'vitest';
import { placeOfReturned } from '../../../../lib/cli/errors/returned-place.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const features = `
export const features = defineFeatures(contract, {
  initial,
  on: {
    placed: { fold: (state) => state, emit: () => ({}) },
    'was-cancelled': {
      fold(state) { return state; },
    },
  },
});
`;

const placeOf = (message: string): unknown => {
  const folder = temporaryFolder({
    'features.ts': features,
    'inference.ts': 'export const inference = { model,\n  decide: () => 7 };',
    'action.ts': 'export const action = { ask: () => 7 };',
  });
  const file = (name: string): string => join(folder, `${name}.ts`);
  const place = placeOfReturned(message, {
    features: file('features'),
    inference: file('inference'),
    action: file('action'),
  });
  return place === undefined
    ? undefined
    : `${place.file.slice(folder.length + 1)}:${place.line}:${place.column}`;
};

it.each([
  ['emit of "placed" returned what is not of schema "output"', 'features.ts:5:39'],
  ['fold of "placed" returned a state that', 'features.ts:5:15'],
  ['fold of "was-cancelled" returned a state that', 'features.ts:7:7'],
  ['decide returned what is not', 'inference.ts:2:3'],
  ['request returned an array, expected', undefined],
  ['emit of "unheard-of" returned what', undefined],
  ['the model returned late', undefined],
])('%s: %s', (message, place) => {
  expect(placeOf(message)).toBe(place);
});
