import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Measurements } from '../../../../lib/local/report/quantiles.ts';

const of = (values: readonly number[]): Measurements => {
  const measurements = new Measurements();
  for (const value of values) measurements.add(value);
  return measurements;
};

it('has none of nothing', () => {
  expect(of([]).quantiles).toBeNull();
  expect(of([]).count).toBe(0);
});

it('takes the nearest rank', () => {
  expect(of([7]).quantiles).toEqual({ p50: 7, p99: 7, max: 7 });
  expect(of([4, 1, 3, 2]).quantiles).toEqual({ p50: 2, p99: 4, max: 4 });
  expect(of(Array.from({ length: 100 }, (_, index) => index + 1)).quantiles).toEqual({
    p50: 50,
    p99: 99,
    max: 100,
  });
  expect(of([-5, 3.4, 3.6]).quantiles).toEqual({ p50: 3, p99: 4, max: 4 });
});

it('is what a sorted list says', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1 }), (values) => {
      const sorted = values.toSorted((one, other) => one - other);
      const at = (share: number): number | undefined => sorted[Math.ceil(share * sorted.length) - 1];
      expect(of(values).quantiles).toEqual({ p50: at(0.5), p99: at(0.99), max: sorted.at(-1) });
    }),
  );
});
