import { describe, expect, it } from 'vitest';
import { grownFrom } from '../../../lib/new/grow-sample.ts';
import { judgeRoles } from '../../../lib/new/roles.ts';
import { sampleLines, shapeOfLines } from '../../support/sample-lines.ts';

const grown = (...events: readonly object[]) => {
  const lines = sampleLines(...events);
  return grownFrom(lines, judgeRoles(shapeOfLines(lines), lines, {}).roles, 1);
};
const reading = (id: number, sensor: string, at: string, value: number) => ({
  id,
  sensor,
  at,
  seen: { at: '2026-01-05T09:00:00Z' },
  value,
});
const sample = [
  reading(7, 'freezer-1', '2026-01-05T08:00:00Z', 20.25),
  reading(9, 'freezer-2', '2026-01-05T08:05:00Z', 21.5),
];

describe('a sample that is made longer', () => {
  it('has two hundred events, and the same each time', () => {
    expect(grown(...sample)).toHaveLength(198);
    expect(grown(...sample)).toEqual(grown(...sample));
  });

  it('goes on in time, with identities and entities of its own', () => {
    const [first, second] = grown(...sample);
    expect(first).toMatchObject({ id: 10, at: '2026-01-05T08:10:00.000Z' });
    expect(second).toMatchObject({ id: 11, at: '2026-01-05T08:15:00.000Z' });
    // Other times keep their distance.
    expect(first).toMatchObject({
      seen: { at: expect.stringMatching(/^2026-01-05T09:(?:10|05):00\.000Z$/) },
    });
    expect(new Set(grown(...sample).map(({ sensor }) => sensor))).toEqual(
      new Set([1, 2, 3, 4, 5, 6].map((number) => `freezer-${number}`)),
    );
  });

  it('has values as precise as those of the sample, one in 25 far away, and none below 0 where none was', () => {
    const values = grown(...sample).map(({ value }) => value as number);
    expect(values.every((value) => Number(value.toFixed(2)) === value)).toBe(true);
    const far = values.flatMap((value, index) => (value > 24 ? [index] : []));
    expect(far).toEqual([24, 49, 74, 99, 124, 149, 174]);
    const small = grown(
      reading(1, 'a', '2026-01-05T08:00:00Z', 0),
      reading(2, 'a', '2026-01-05T08:00:00Z', 1),
    );
    expect(Math.min(...small.map(({ value }) => value as number))).toBe(0);
  });

  it('keeps whole numbers whole, and needs none', () => {
    const whole = grown({ user: 1, at: '2026-01-05T08:00:00Z', n: 5 }).map(({ n }) => n);
    expect(whole.every(Number.isInteger)).toBe(true);
    expect(grown({ user: 'ada', at: '2026-01-05T08:00:00Z' }).at(-1)).toEqual({
      user: expect.stringMatching(/^ada(?:-\d)?$/),
      at: '2026-01-05T11:19:00.000Z',
    });
  });

  it('moves every time that the schema has as one, and leaves what has none later', () => {
    const [first] = grown({
      user: 'ada',
      at: '2026-01-05T08:00:00Z',
      seen: '2026-01-05 08:00:00Z',
      until: '9999-12-31T23:59:59Z',
      note: '2026-01-05T08:00Z',
    });
    expect(first).toMatchObject({
      at: '2026-01-05T08:01:00.000Z',
      seen: '2026-01-05T08:01:00.000Z',
      until: '9999-12-31T23:59:59Z',
      note: '2026-01-05T08:00Z',
    });
  });

  it('is left as it is where it is long enough', () => {
    const long = Array.from({ length: 200 }, (_, index) =>
      reading(index, 'a', '2026-01-05T08:00:00Z', index),
    );
    expect(grown(...long)).toEqual([]);
  });
});
