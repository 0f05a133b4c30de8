import { beforeEach, describe, expect, it } from 'vitest';
import type { Segment } from '../../../../lib/core/ports/stage-ports.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { Figures } from '../../../../lib/local/page/feed/figures.ts';
import type { PageStage } from '../../../../lib/local/page/protocol/page-state.ts';
import type { RunParts } from '../../../../lib/local/run-parts.ts';
import { StageMetrics } from '../../../../lib/local/stages/stage-metrics.ts';
import { emfBlobs } from '../../../../lib/runtime/emf.ts';
import { batchReport } from '../../../../lib/core/batch/measure.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const segmentsMs: Readonly<Record<Segment, number>> = {
  append: 1,
  receive: 9_000,
  process: 3,
  external: 4,
  emit: 5,
};

/** Figures of a run with action alone, as it was looked at each second. */
const figuresOf = () => {
  const clock = new VirtualClock(epochMsOf(1_000_000));
  const metrics = new StageMetrics(clock);
  const action = {
    name: 'action',
    metrics,
    workers: { alive: 1, ended: 0 },
    positions: {
      position: async () => ({ lag: 0, firstUncommittedMs: 0 }),
      records: async () => 0,
    },
  };
  const tally = { requests: 40 };
  const figures = new Figures({
    prepared: { built: { contract: tinyContract() }, platform: { clock, log: { offsets: async () => [] } } },
    chain: { stages: [action] },
    trouble: { newest: () => undefined },
    receiver: { tally },
  } as unknown as RunParts);
  const late = (): void => {
    const brokenBy = 'features.receive' as const;
    const freshness = [1, 1, 3].map((share) => ({
      totalMs: 9_013,
      segmentsMs: { ...segmentsMs, external: segmentsMs.external * share },
      good: false,
      brokenBy,
    }));
    const measured = { freshness, bad: 0, lost: 0, emitted: 1, effects: 1 };
    for (const line of emfBlobs('tiny', batchReport('action', clock.now(), [], measured))) metrics.take(line);
  };
  const look = async (seconds: number): Promise<PageStage | undefined> => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000);
      await figures.look();
    }
    return figures.stages[0] as PageStage | undefined;
  };
  const requested = (requests: number): number => (tally.requests += requests);
  const requestsPerSecond = (): number => figures.requestsPerSecond;
  return { late, look, requested, requestsPerSecond, point: () => figures.point()['action'] };
};

describe('the figures of a stage', () => {
  let bench: ReturnType<typeof figuresOf>;
  beforeEach(() => {
    bench = figuresOf();
  });

  it('say what was measured lately, and nothing once that is long ago', async () => {
    expect(await bench.look(1)).toMatchObject({ freshnessMs: null, brokenBy: null });
    bench.late();
    expect(await bench.look(20)).toMatchObject({
      freshnessMs: { p50: 9_013, p99: 9_013 },
      segmentsMs: { receive: { p50: 9_000 } },
      brokenBy: 'features.receive',
    });
    expect(await bench.look(12)).toMatchObject({
      freshnessMs: null,
      segmentsMs: { receive: null },
      brokenBy: null,
    });
  });

  it('say at each point p50 and p99 of each segment, of what came since the one before', async () => {
    await bench.look(1);
    bench.late();
    expect(bench.point()).toMatchObject({ p50: 9_013, segmentsMs: [1, 1, 9_000, 9_000, 3, 3, 4, 12, 5, 5] });
    expect(bench.point()).toMatchObject({
      p50: null,
      segmentsMs: [null, null, null, null, null, null, null, null, null, null],
    });
  });
});

it('the figures of the receiver say how many requests it got lately, not those of an earlier run', async () => {
  const bench = figuresOf();
  await bench.look(1);
  expect(bench.requestsPerSecond()).toBe(0);
  bench.requested(30);
  await bench.look(3);
  expect(bench.requestsPerSecond()).toBe(10);
  await bench.look(10);
  expect(bench.requestsPerSecond()).toBe(0);
});
