import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  days,
  describeDuration,
  epochMsOf,
  hours,
  millis,
  minutes,
  parseInstant,
  perMinute,
  seconds,
  toIso,
} from '../../../lib/core/units.ts';

describe('an instant', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
        expect(parseInstant(toIso(epochMsOf(ms)))).toBe(ms);
      }),
    );
  });

  it('is written as Date writes it, whatever was written before', () => {
    const at = fc.oneof(
      fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }),
      fc.integer({ min: -3, max: 3 }).map((day) => day * 86_400_000 - 0.5),
      fc.integer({ min: -86_400_000, max: 86_400_000 }),
    );
    fc.assert(
      fc.property(at, at, (one, other) => {
        for (const ms of [one, other, one]) expect(toIso(epochMsOf(ms))).toBe(new Date(ms).toISOString());
      }),
    );
    for (const never of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1])
      expect(() => toIso(epochMsOf(never))).toThrow(RangeError);
  });

  it.each([
    ['2026-01-05T10:00:00Z', '2026-01-05T10:00:00.000Z'],
    ['2026-01-05t10:00:00z', '2026-01-05T10:00:00.000Z'],
    ['2026-01-05 10:00:00+01:00', '2026-01-05T09:00:00.000Z'],
    ['2026-01-05T10:00-0530', '2026-01-05T15:30:00.000Z'],
    ['2026-01-05T10:00:00.1239Z', '2026-01-05T10:00:00.123Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2026-01-31T23:30:00-02:00', '2026-02-01T01:30:00.000Z'],
  ])('may be %s', (text, iso) => {
    const at = parseInstant(text);
    expect(at && toIso(at)).toBe(iso);
  });

  it.each([
    '',
    'yesterday',
    '2026-01-05',
    '2026-01-05T10:00:00',
    '2026-01-05Z',
    '1 Z',
    '5 Jan 2026 10:00 Z',
    '2026-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-04-31T00:00:00+02:00',
    '2026-13-01T00:00:00Z',
    '2026-01-05T25:00:00Z',
    ' 2026-01-05T10:00:00Z',
  ])('is never "%s"', (text) => {
    expect(parseInstant(text)).toBe(undefined);
  });
});

describe('a duration', () => {
  it.each([
    [millis(1), 1, '1 ms'],
    [millis(1_500), 1_500, '1500 ms'],
    [seconds(90), 90_000, '90 s'],
    [minutes(90), 5_400_000, '90 min'],
    [hours(36), 129_600_000, '36 h'],
    [days(7), 604_800_000, '7 d'],
    [seconds(0), 0, '0 ms'],
  ])('%o is %i ms, for people %s', (duration, ms, text) => {
    expect(duration.ms).toBe(ms);
    expect(describeDuration(duration)).toBe(text);
  });

  it('is no rate', () => {
    expect(perMinute(5)).toEqual({ perMinute: 5 });
  });
});
