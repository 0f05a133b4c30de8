import { describe, expect, it } from 'vitest';
import { readFunctionLine } from '../../../../lib/local/stages/emf-line.ts';
import { StageMetrics, targetKept } from '../../../../lib/local/stages/stage-metrics.ts';
import { emfBlobs } from '../../../../lib/runtime/emf.ts';
import type { BatchReport, FreshnessSample } from '../../../../lib/core/ports/stage-ports.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const sample = (totalMs: number, brokenBy?: FreshnessSample['brokenBy']): FreshnessSample => ({
  totalMs,
  segmentsMs: { append: 1, receive: 2, process: 3, external: 4, emit: totalMs },
  good: brokenBy === undefined,
  brokenBy,
});
const batch = (totals: readonly number[], letters = 0): BatchReport => ({
  stage: 'action',
  at: epochMsOf(0),
  verdicts: {
    done: totals.length,
    'state-only': 0,
    suppressed: 0,
    'dead-lettered': letters,
    'in-doubt': 0,
    ignored: 0,
    fenced: 0,
    'mapping-gave-up': 0,
    retry: 0,
  },
  freshness: totals.map((total) => sample(total)),
  bad: letters,
  lost: letters,
  emitted: 0,
  effects: totals.length,
});

describe('metrics of a stage', () => {
  it('are what its function says, over all batches and blobs', () => {
    const metrics = new StageMetrics(new VirtualClock(epochMsOf(0)));
    const totals = Array.from({ length: 150 }, (_, index) => index + 1);
    for (const report of [batch(totals, 2), batch([1_000], 1)])
      for (const line of emfBlobs('orders', report)) metrics.take(line);
    expect(metrics.freshness).toEqual({ p50: 76, p99: 150, max: 1_000 });
    expect(metrics.segments).toMatchObject({
      append: { p50: 1, p99: 1, max: 1 },
      external: { p50: 4, p99: 4, max: 4 },
      emit: { p50: 76, max: 1_000 },
    });
    expect([metrics.count('DeadLettered'), metrics.count('Effects'), metrics.count('Unheard')]).toEqual([
      3, 151, 0,
    ]);
  });

  it('count what was lost on the way to the last stage, and what its mapping gave up on', () => {
    const clock = new VirtualClock(epochMsOf(0));
    const [features, action] = [new StageMetrics(clock), new StageMetrics(clock)];
    expect(targetKept([features, action])).toEqual({ share: null, lost: 0, brokenMostBy: null });
    const take = (metrics: StageMetrics, report: BatchReport): void => {
      for (const line of emfBlobs('orders', report)) metrics.take(line);
    };
    take(features, batch([1, 2, 3, 4], 4));
    take(action, batch([1, 2, 3], 1));
    expect(targetKept([features, action])).toEqual({ share: 3 / 8, lost: 5, brokenMostBy: null });
    features.gaveUp(2);
    action.gaveUp(2);
    expect(targetKept([features, action])).toEqual({ share: 3 / 12, lost: 9, brokenMostBy: null });
    const lost = new StageMetrics(clock);
    take(lost, batch([], 1));
    expect(targetKept([lost, new StageMetrics(clock)])).toMatchObject({ share: 0, lost: 1 });
  });

  it('do not count as lost what is frozen and not out yet: the next stage settles it', () => {
    const clock = new VirtualClock(epochMsOf(0));
    const [inference, action] = [new StageMetrics(clock), new StageMetrics(clock)];
    const take = (metrics: StageMetrics, report: BatchReport): void => {
      for (const line of emfBlobs('orders', report)) metrics.take(line);
    };
    take(inference, { ...batch([]), bad: 3 });
    take(action, batch([1, 2, 3]));
    expect(targetKept([inference, action])).toEqual({ share: 1, lost: 0, brokenMostBy: null });
    // At the last stage nobody settles it after all: it is not good, and not lost.
    take(action, { ...batch([]), bad: 1 });
    expect(targetKept([inference, action])).toEqual({ share: 3 / 4, lost: 0, brokenMostBy: null });
  });

  it('say how the target was kept, and what broke it most often', () => {
    const metrics = new StageMetrics(new VirtualClock(epochMsOf(0)));
    expect(targetKept([metrics])).toEqual({ share: null, lost: 0, brokenMostBy: null });
    const take = (report: BatchReport): void => {
      for (const line of emfBlobs('orders', report)) metrics.take(line);
    };
    take(batch([1, 2, 3], 1));
    expect(targetKept([metrics])).toEqual({ share: 0.75, lost: 1, brokenMostBy: null });
    take({ ...batch([]), freshness: [sample(9_000, 'action.external'), sample(9_000, 'action.external')] });
    take({ ...batch([]), freshness: [sample(9_000, 'features.receive')] });
    take({ ...batch([]), freshness: [sample(9_000, 'features.receive'), sample(9_000, 'features.receive')] });
    expect(targetKept([metrics])).toEqual({ share: 3 / 9, lost: 1, brokenMostBy: 'features.receive' });
    expect(metrics.count('TargetBroken')).toBe(0);
  });

  it('show lately by the newest thousand', () => {
    const metrics = new StageMetrics(new VirtualClock(epochMsOf(0)));
    expect(metrics.recent.freshness.quantiles()).toBeNull();
    for (let turn = 0; turn < 11; turn += 1)
      for (const line of emfBlobs(
        'orders',
        batch(Array.from({ length: 100 }, () => (turn === 0 ? 9_999 : turn))),
      ))
        metrics.take(line);
    expect(metrics.recent.freshness.quantiles()?.max).toBe(10);
    expect(metrics.freshness?.max).toBe(9_999);
  });
});

it.each([
  ['plain text', { kind: 'text' }],
  ['{half', { kind: 'text' }],
  ['{"level":"error","message":"it broke"}', { kind: 'log', level: 'error', message: 'it broke' }],
  ['{"said":"something"}', { kind: 'text' }],
  ['{"_aws":{},"Stage":"action","Done":3,"FreshnessMs":"no"}', { kind: 'counters', counters: { Done: 3 } }],
])('%s', (line, said) => {
  expect(readFunctionLine(line)).toEqual(said);
});
