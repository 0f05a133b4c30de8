import { join } from 'node:path';
import { expect, it } from 'vitest';
import { placeOfCalled, placeOfReturned, type Stages } from '../../../../lib/cli/errors/stage-place.ts';
import type { Place } from '../../../../lib/cli/errors/source-line.ts';
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

const shown = (
  find: (stages: Stages) => Place | undefined,
  files: Readonly<Record<string, string>>,
): unknown => {
  const folder = temporaryFolder(files);
  const file = (name: string): string => join(folder, `${name}.ts`);
  const place = find({ features: file('features'), inference: file('inference'), action: file('action') });
  return place === undefined
    ? undefined
    : `${place.file.slice(folder.length + 1)}:${place.line}:${place.column}`;
};

const placeOf = (message: string): unknown =>
  shown((stages) => placeOfReturned(message, stages), {
    'features.ts': features,
    'inference.ts': 'export const inference = { model,\n  decide: () => 7 };',
    'action.ts': 'export const action = { ask: () => 7 };',
  });

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

it.each([
  ['action', 'defineAction(contract, {\n  via: http({}),\n})', 'action.ts:2:3'],
  ['action', "import { via } from 'x';\ndefineAction(contract, { request, via })", 'action.ts:2:35'],
  ['action', 'export const action = defineAction(contract, {\n  ...rest })', 'action.ts:1:23'],
  ['action', 'export const action = made;', undefined],
  ['inference', 'defineInference(\n  contract, { model: suspicion })', 'inference.ts:2:15'],
  ['features', 'defineFeatures(contract, { model: none })', undefined],
])('what %s calls in %j is at %s', (stage, text, place) => {
  expect(shown((stages) => placeOfCalled(stage, stages), { [`${stage}.ts`]: text })).toBe(place);
});

it('is nowhere where the file is gone', () => {
  expect(shown((stages) => placeOfCalled('action', stages), {})).toBeUndefined();
  expect(shown((stages) => placeOfReturned('decide returned what is not', stages), {})).toBeUndefined();
});
