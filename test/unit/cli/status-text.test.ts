import { expect, it } from 'vitest';
import { statusLines } from '../../../lib/cli/status-text.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import type { PartitionStatus, StageStatus } from '../../../lib/ops/status/stage-status.ts';

const partition = (of: Partial<PartitionStatus>): PartitionStatus => ({
  partition: 0,
  committed: 5,
  end: 9,
  lag: 0,
  firstUncommittedMs: 0,
  ...of,
});

const features: StageStatus = {
  stage: 'features',
  topic: 'orders-v2',
  group: 'dev-orders-features',
  state: 'WARN',
  lag: 4,
  firstUncommittedMs: 1_500,
  perSecond: 2.5,
  committedPerSecond: null,
  deadLetters: 0,
  partitions: [
    partition({}),
    partition({ partition: 1, lag: 4, firstUncommittedMs: 1_500 }),
    partition({ partition: 2, firstUncommittedMs: null }),
  ],
};

const linesOf = (stage: StageStatus): readonly string[] =>
  statusLines('orders', { at: epochMsOf(0), stages: [stage], inDoubt: 0, isPaused: false }).map((line) =>
    line.trim().replaceAll(/ {2,}/g, ' | '),
  );

it('shows of the partitions those that are behind, and those whose records are gone', () => {
  expect(linesOf(features).slice(2)).toEqual([
    'features | WARN | 4 | 1.5 s | 2.5 | 0',
    'partition 1 | 4 | 1.5 s',
    'partition 2 | 0 | gone',
  ]);
});

it('names the rates for what they are: what comes, and from the second look on what is committed', () => {
  const titles = (stage: StageStatus): readonly string[] => linesOf(stage).slice(1, 3);
  expect(titles(features)).toEqual([
    'stage | state | lag | first uncommitted | in/s | dead letters',
    'features | WARN | 4 | 1.5 s | 2.5 | 0',
  ]);
  expect(titles({ ...features, committedPerSecond: 0 })).toEqual([
    'stage | state | lag | first uncommitted | in/s | committed/s | dead letters',
    'features | WARN | 4 | 1.5 s | 2.5 | 0.0 | 0',
  ]);
});
