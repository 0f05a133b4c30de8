import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../../../lib/local/page/feed/bounded-map.ts';
import { BrokenBy } from '../../../../lib/local/page/feed/broken-by.ts';
import { Rate } from '../../../../lib/local/page/feed/rate.ts';
import { RunningQuality } from '../../../../lib/local/page/feed/running-quality.ts';
import { Unhurried } from '../../../../lib/local/page/feed/unhurried.ts';
import { RecentMeasurements } from '../../../../lib/local/report/recent-measurements.ts';
import { qualityOf } from '../../../../lib/local/report/quality.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';

const judged = fc.array(
  fc.record({
    // Four digits, as the shipped model rounds them.
    score: fc.integer({ min: 0, max: 10_000 }).map((score) => score / 10_000),
    acted: fc.boolean(),
    positive: fc.boolean(),
  }),
  { maxLength: 60 },
);

describe('the running quality', () => {
  it('is the quality of all decisions at once', () =>
    fc.assert(
      fc.property(judged, (decisions) => {
        const running = new RunningQuality();
        for (const decision of decisions) running.add(decision);
        const { auc, precision, recall } = qualityOf(decisions);
        const page = running.of(decisions.length + 3);
        expect(page).toMatchObject({
          decisions: decisions.length + 3,
          judged: decisions.length,
          precision,
          recall,
        });
        expect(page.auc === null).toBe(auc === null);
        expect(page.auc ?? 0).toBeCloseTo(auc ?? 0, 10);
      }),
    ));

  it('has at most ten bins, each with its mean and its share of positives', () =>
    fc.assert(
      fc.property(judged, (decisions) => {
        const running = new RunningQuality();
        for (const decision of decisions) running.add(decision);
        const { calibration } = running.of(decisions.length);
        expect(calibration.length).toBeLessThanOrEqual(10);
        const count = calibration.reduce((sum, bin) => sum + bin.count, 0);
        const positives = calibration.reduce((sum, bin) => sum + bin.positive * bin.count, 0);
        expect(count).toBe(decisions.length);
        expect(positives).toBeCloseTo(decisions.filter(({ positive }) => positive).length, 6);
      }),
    ));

  it('takes scores that are no probabilities', () => {
    const running = new RunningQuality();
    for (const [score, positive] of [
      [-3.2, false],
      [1_234.5, true],
      [0.1, false],
    ] as const)
      running.add({ score, acted: true, positive });
    expect(running.of(3)).toMatchObject({ auc: 1, precision: 1 / 3, recall: 1 });
  });
});

describe('a bounded map', () => {
  it('remembers what was touched last, and no more', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.integer({ min: 0, max: 12 })), (most, keys) => {
        const map = new BoundedMap<number, number>(most);
        for (const [index, key] of keys.entries()) map.set(key, index);
        const expected = [...new Set(keys.toReversed())].slice(0, most);
        expect(map.newest(most).map(([key]) => key)).toEqual(expected);
        expect(map.size).toBe(expected.length);
        for (const key of expected) expect(map.get(key)).toBe(keys.lastIndexOf(key));
      }),
    ));

  it('replaces only what is there, where it stands', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.replace('a', 3);
    map.replace('c', 4);
    expect(map.newest(5)).toEqual([
      ['b', 2],
      ['a', 3],
    ]);
  });
});

describe('recent measurements', () => {
  it('are those of the newest, however many there were', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 })), (values) => {
        const recent = new RecentMeasurements(16, { now: () => epochMsOf(0) });
        for (const value of values) recent.add(value);
        const kept = values.slice(-16).toSorted((one, other) => one - other);
        expect(recent.added).toBe(values.length);
        expect(recent.quantiles()?.max ?? null).toBe(kept.at(-1) ?? null);
        expect(recent.quantiles()?.p50 ?? null).toBe(
          kept[Math.max(1, Math.ceil(kept.length / 2)) - 1] ?? null,
        );
        expect(recent.quantiles(1)?.max ?? null).toBe(values.at(-1) ?? null);
      }),
    ));
});

describe('measurements of long ago', () => {
  it('are not recent, also where nothing has come since', () => {
    const times = { now: 1_000 };
    const recent = new RecentMeasurements(4, { now: () => epochMsOf(times.now) });
    recent.add(9_000);
    times.now += 20_000;
    recent.add(5);
    expect(recent.quantiles()).toMatchObject({ p50: 5, max: 9_000 });
    times.now += 10_001;
    expect(recent.quantiles()).toEqual({ p50: 5, p99: 5, max: 5 });
    times.now += 20_000;
    expect(recent.quantiles()).toBeNull();
    expect(recent.added).toBe(2);
  });
});

describe('a rate', () => {
  it('is the growth of the last seconds', () => {
    const rate = new Rate();
    expect(rate.add(0, 100)).toBe(0);
    expect(rate.add(500, 600)).toBe(1_000);
    for (let at = 1_000; at <= 20_000; at += 500) rate.add(at, 600);
    expect(rate.add(20_500, 600)).toBe(0);
  });

  it('is never below 0', () => {
    const rate = new Rate();
    rate.add(0, 100);
    expect(rate.add(1_000, 0)).toBe(0);
    expect(rate.add(1_000, 5)).toBe(0);
  });
});

describe('what broke the target', () => {
  it('is what did so most often lately', () => {
    const broken = new BrokenBy();
    expect(broken.add(0, new Map())).toBeNull();
    expect(broken.add(1_000, new Map([['features.receive', 3]]))).toBe('features.receive');
    const counts = new Map([
      ['features.receive', 4],
      ['action.external', 9],
    ]);
    expect(broken.add(2_000, counts)).toBe('action.external');
    for (let at = 3_000; at <= 40_000; at += 1_000) broken.add(at, counts);
    expect(broken.add(41_000, counts)).toBeNull();
  });
});

describe('what is found out without hurry', () => {
  const clockAt = (times: { now: number }) => ({ now: () => epochMsOf(times.now) });

  it('is asked for so seldom that it takes a twentieth of the time', async () => {
    const times = { now: 0 };
    let asked = 0;
    const slow = new Unhurried(
      async () => {
        asked += 1;
        times.now += 100;
        return asked;
      },
      10,
      clockAt(times),
    );
    expect(await slow.value()).toBe(1);
    times.now += 1_999;
    expect(await slow.value()).toBe(1);
    times.now += 1;
    expect(await slow.value()).toBe(2);
  });

  it('is asked for once, however many want it', async () => {
    let asked = 0;
    const wanted = new Unhurried(
      async () => {
        asked += 1;
        return asked;
      },
      0,
      clockAt({ now: 0 }),
    );
    expect(await Promise.all([wanted.value(), wanted.value()])).toEqual([1, 1]);
  });

  it('is asked for again where it was not found', async () => {
    let asked = 0;
    const times = { now: 0 };
    const failing = new Unhurried(
      async () => {
        asked += 1;
        if (asked === 1) throw new Error('away');
        return asked;
      },
      1_000,
      clockAt(times),
    );
    await expect(failing.value()).rejects.toThrow('away');
    expect(await failing.value()).toBe(2);
  });
});
