import { describe, expect, it } from 'vitest';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { Pace, unhurriedSpeed } from '../../../../lib/local/player/pace.ts';

const at = epochMsOf;

it('lets simulated time pass by its factor', () => {
  const pace = new Pace({ kind: 'paced', factor: 1_000 }, at(5_000), at(100));
  expect(pace.advance(at(100))).toBe(5_000);
  expect(pace.advance(at(150))).toBe(55_000);
  expect(pace.reading).toBe(55_000);
  expect(pace.untilDueMs(at(65_000))).toBe(10);
  expect(pace.untilDueMs(at(1))).toBe(0);
});

it('does not play in a bunch what a sleeping laptop missed, or a clock that was set back', () => {
  const pace = new Pace({ kind: 'paced', factor: 1 }, at(0), at(0));
  expect(pace.advance(at(3_600_000))).toBe(250);
  expect(pace.advance(at(3_600_010))).toBe(260);
  expect(pace.advance(at(10))).toBe(260);
  expect(pace.advance(at(20))).toBe(270);
});

it('stands still while something is held back, and never goes back for what is later', () => {
  const pace = new Pace({ kind: 'paced', factor: 10 }, at(0), at(0));
  pace.advance(at(100));
  pace.heldAt(at(400));
  expect(pace.advance(at(110))).toBe(500);
  pace.heldAt(at(9_000));
  expect(pace.advance(at(110))).toBe(500);
});

it('knows no time when it is fast', () => {
  const pace = new Pace({ kind: 'fast' }, at(0), at(0));
  expect(pace.advance(at(0))).toBe(Number.POSITIVE_INFINITY);
  expect(pace.reading).toBeUndefined();
  expect(pace.untilDueMs(at(99_999))).toBe(0);
});

it('goes on at another speed from where it is said to, and nothing of the time before counts', () => {
  const pace = new Pace({ kind: 'fast' }, at(0), at(0));
  pace.goOn({ kind: 'paced', factor: 100 }, at(7_000), at(10_000));
  expect(pace.speed).toEqual({ kind: 'paced', factor: 100 });
  expect(pace.reading).toBe(7_000);
  expect(pace.advance(at(10_010))).toBe(8_000);
});

describe('the speed where none was asked for', () => {
  const minute = 60_000;
  const factor = (...minutes: readonly number[]): number | undefined => {
    const speed = unhurriedSpeed(minutes.map((each) => at(each * minute)));
    return speed.kind === 'paced' ? speed.factor : undefined;
  };

  it.each([
    ['a month', [0, 31 * 24 * 60], 15_000],
    ['two months', [0, 62 * 24 * 60], 15_000],
    ['half a day, in any order', [12 * 60, 0, 6 * 60], 247],
    ['a minute', [0, 1], 1],
    ['one instant', [5, 5], 1],
    ['one event', [5], 1],
  ])('plays %s', (_, minutes, expected) => {
    expect(factor(...minutes)).toBe(expected);
  });
});
