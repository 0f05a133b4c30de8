import { expect, it } from 'vitest';
import { baselineOf } from '../../../lib/new/baseline.ts';
import { sampleLines } from '../../support/sample-lines.ts';

const baseline = (...values: readonly number[]) =>
  baselineOf(sampleLines(...values.map((value) => ({ value }))), {
    key: 'key',
    time: 'at',
    value: ['value'],
    id: undefined,
  });

it.each([
  ['much about little', [3, 40, 150], { mean: 64.33, deviation: 62.43 }],
  ['little about much', [123_453, 123_456, 123_459], { mean: 123_456, deviation: 2.449 }],
  ['very little', [0.000_012_3, 0.000_012_4], { mean: 0.000_012_35, deviation: 5e-8 }],
  ['by millions', [1e9, 1.25e9, 1.6e9], { mean: 1_283_333_333, deviation: 246_100_000 }],
])('is as precise as the values vary: %s', (_, values, expected) => {
  expect(baseline(...values)).toEqual(expected);
});

it('expects some variation of what had none, however the sum of equal numbers comes out', () => {
  expect(baseline(5)).toEqual({ mean: 5, deviation: 0.25 });
  expect(baseline(0, 0)).toEqual({ mean: 0, deviation: 1 });
  // 17 times a seventeenth of 80.8 are not quite 80.8.
  expect(baseline(...Array.from({ length: 17 }, () => 80.8))).toEqual({ mean: 80.8, deviation: 4.04 });
});
