import { beforeEach, describe, expect, it } from 'vitest';
import type { CommittedOffset } from '../../../../lib/core/ports/event-log.ts';
import {
  statusOf,
  type Observed,
  type PipelineStatus,
  type StageStatus,
} from '../../../../lib/ops/status/stage-status.ts';
import { openOpsBench, type OpsBench } from '../../../support/ops-bench.ts';
import { breaking, ordersStages, placed } from '../../../support/orders-stages.ts';

let bench: OpsBench;
beforeEach(async () => {
  bench = await openOpsBench(ordersStages);
});

const { contract } = ordersStages.features;
const stage = ({ stages }: PipelineStatus, name: StageStatus['stage']): StageStatus => {
  const found = stages.find((one) => one.stage === name);
  if (!found) throw new Error(`no stage ${name}`);
  return found;
};

/** Commits what a stage's group has read, up to so many records before the ends. */
const commit = async (name: StageStatus['stage'], behind = 0): Promise<void> => {
  const { topic, group } = stage(await statusOf(bench.deployment), name);
  const offsets = (await bench.embedded.log.offsets(topic)).map(({ partition, end }): CommittedOffset => ({
    topic,
    partition,
    offset: Math.max(0, end - behind),
  }));
  await bench.embedded.groups.commit(group, offsets);
};

/** The log as the status sees it, to be changed by a test. */
const logOf = ({ embedded: { log } }: OpsBench): Observed['log'] => ({
  offsets: (topic) => log.offsets(topic),
  offsetsAt: (topic, at) => log.offsetsAt(topic, at),
  read: (range) => log.read(range),
});

/** Keys that are in more than one partition. */
const customers = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay'];

const place = (eventId: string): Promise<void> => bench.publish('placed', eventId, placed(eventId));

describe('the status of a pipeline', () => {
  it('of nothing is all right', async () => {
    const status = await statusOf(bench.deployment);
    expect(status).toMatchObject({ inDoubt: 0, isPaused: false });
    expect(status.stages.map((one) => [one.stage, one.state, one.lag, one.firstUncommittedMs])).toEqual([
      ['features', 'OK', 0, 0],
      ['inference', 'OK', 0, 0],
      ['action', 'OK', 0, 0],
    ]);
  });

  it('counts what is not committed, and the age of the first of it, by partition', async () => {
    await place('o1');
    bench.elapse(2_000);
    await place('o2');
    bench.elapse(1_000);
    const features = stage(await statusOf(bench.deployment), 'features');
    expect(features).toMatchObject({ lag: 2, firstUncommittedMs: 3_000 });
    expect(features.partitions.filter(({ lag }) => lag > 0)).toMatchObject([
      { committed: null, lag: 2, firstUncommittedMs: 3_000 },
    ]);
    await commit('features', 1);
    expect(stage(await statusOf(bench.deployment), 'features')).toMatchObject({
      lag: 1,
      firstUncommittedMs: 1_000,
    });
    await commit('features');
    expect(stage(await statusOf(bench.deployment), 'features')).toMatchObject({
      lag: 0,
      firstUncommittedMs: 0,
    });
  });

  it('warns where the first uncommitted record is older than the target', async () => {
    await place('o1');
    bench.elapse(contract.freshness.targetMs);
    expect(stage(await statusOf(bench.deployment), 'features').state).toBe('OK');
    bench.elapse(1);
    expect(stage(await statusOf(bench.deployment), 'features').state).toBe('WARN');
  });

  it('tells a group that stands still, and one that was set back, by the look before', async () => {
    await place('o1');
    await place('o2');
    const first = await statusOf(bench.deployment);
    expect(stage(await statusOf(bench.deployment, first), 'features').state).toBe('STALL');
    await commit('features', 1);
    const second = await statusOf(bench.deployment, first);
    expect(stage(second, 'features').state).toBe('OK');
    await commit('features', 2);
    expect(stage(await statusOf(bench.deployment, second), 'features').state).toBe('REWIND');
  });

  it('waits for nothing where no record follows what is committed, however far the end is', async () => {
    await place('o1');
    await place('o2');
    await commit('features', 1);
    bench.elapse(contract.freshness.targetMs + 1);
    // A mark of a transaction at the end: an offset that no record has.
    const observed = { ...bench.deployment, log: { ...logOf(bench), read: async () => [] } };
    const first = await statusOf(observed);
    const again = await statusOf(observed, first);
    for (const status of [first, again])
      expect(stage(status, 'features')).toMatchObject({ state: 'OK', lag: 0, firstUncommittedMs: 0 });
    expect(stage(again, 'features').partitions).toContainEqual({
      partition: expect.any(Number) as number,
      committed: 1,
      end: 2,
      lag: 0,
      firstUncommittedMs: 0,
    });
  });

  it.each(['before', 'while'])(
    'tells what was dropped %s it looked, and the age of the rest',
    async (when) => {
      for (const id of ['o1', 'o2', 'o3']) await place(id);
      const { topic, group } = stage(await statusOf(bench.deployment), 'features');
      const partition =
        (await bench.embedded.log.offsets(topic)).find(({ end }) => end === 3)?.partition ?? -1;
      await bench.embedded.groups.commit(group, [{ topic, partition, offset: 0 }]);
      for (const customer of customers)
        await bench.publish('placed', customer, placed(customer, { customer }));
      bench.elapse(1_000);
      let isDropped = when === 'before';
      // Of that partition nothing is kept but its last offset, which no record has.
      const observed: Observed = {
        ...bench.deployment,
        log: {
          ...logOf(bench),
          offsets: async (name) =>
            (await bench.embedded.log.offsets(name)).map((one) =>
              isDropped && name === topic && one.partition === partition
                ? { ...one, earliest: one.end - 1 }
                : one,
            ),
          read: async (range) => {
            if (range.topic !== topic || range.partition !== partition) return bench.embedded.log.read(range);
            isDropped = true;
            return [];
          },
        },
      };
      const first = await statusOf(observed);
      expect(stage(first, 'features').partitions[partition]).toMatchObject({
        lag: 0,
        firstUncommittedMs: null,
      });
      expect(stage(first, 'features')).toMatchObject({ state: 'WARN', firstUncommittedMs: 1_000 });
      await bench.embedded.groups.commit(
        group,
        (await bench.embedded.log.offsets(topic)).flatMap((one) =>
          one.partition === partition ? [] : [{ topic, partition: one.partition, offset: one.end }],
        ),
      );
      // Nobody stands still for what is gone.
      expect(stage(await statusOf(observed, first), 'features')).toMatchObject({
        state: 'WARN',
        lag: 0,
        firstUncommittedMs: 0,
      });
    },
  );

  it('says how many events a second came in the last minute', async () => {
    for (let index = 0; index < 30; index += 1) await place(`old-${index}`);
    bench.elapse(60_001);
    for (let index = 0; index < 12; index += 1) await place(`o${index}`);
    expect(stage(await statusOf(bench.deployment), 'features').perSecond).toBe(0.2);
  });

  it('says how many a second were committed since the look before, which one that stands still did not', async () => {
    for (const id of ['o1', 'o2', 'o3']) await place(id);
    const first = await statusOf(bench.deployment);
    expect(stage(first, 'features')).toMatchObject({ perSecond: 0.05, committedPerSecond: null });
    bench.elapse(2_000);
    const still = await statusOf(bench.deployment, first);
    expect(stage(still, 'features')).toMatchObject({ perSecond: 0.05, committedPerSecond: 0 });
    await commit('features', 1);
    const moved = await statusOf(bench.deployment, first);
    // A first commit counts from where the group began.
    expect(stage(moved, 'features').committedPerSecond).toBe(1);
    bench.elapse(500);
    await commit('features');
    expect(stage(await statusOf(bench.deployment, moved), 'features').committedPerSecond).toBe(2);
    await commit('features', 2);
    expect(stage(await statusOf(bench.deployment, moved), 'features')).toMatchObject({
      state: 'REWIND',
      committedPerSecond: 0,
    });
  });

  it('counts dead letters and effects in doubt, and says whether action is paused', async () => {
    bench.answers.push({ kind: 'unknown', detail: '503', retryAfterMs: undefined });
    await place('o1');
    await bench.run();
    bench.stages = breaking(ordersStages, () => true);
    await place('o2');
    await place('o3');
    await bench.deliver('features');
    await bench.embedded.operations.setPaused('action', true);
    const status = await statusOf(bench.deployment);
    expect(status).toMatchObject({ inDoubt: 1, isPaused: true });
    expect(status.stages.map(({ stage: name, deadLetters }) => [name, deadLetters])).toEqual([
      ['features', 2],
      ['inference', 0],
      // The effect in doubt left a letter.
      ['action', 1],
    ]);
  });
});
