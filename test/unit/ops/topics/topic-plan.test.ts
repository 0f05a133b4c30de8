import { describe, expect, it } from 'vitest';
import type { TopicDescription } from '../../../../lib/core/ports/event-log.ts';
import { applyTopics, plannedTopic, planTopics } from '../../../../lib/ops/topics/topic-plan.ts';
import { wantedTopics, type WantedTopic } from '../../../../lib/ops/topics/wanted-topics.ts';
import { metersStages } from '../../../support/meters-stages.ts';
import { openOpsBench } from '../../../support/ops-bench.ts';
import { ordersStages } from '../../../support/orders-stages.ts';

const topic: WantedTopic = {
  name: 'prod.plant.sensor.read',
  partitions: 6,
  retentionMs: 1_000,
  segmentMs: 100,
  maxRecordBytes: 500,
  isCreated: true,
};
const asWanted: TopicDescription = {
  ...topic,
  id: 'id-1',
  cleanupPolicy: 'delete',
  timestampType: 'LOG_APPEND_TIME',
};

describe('the plan of a topic', () => {
  it('creates what is missing, and never what is somebody else’s', () => {
    expect(plannedTopic(topic, undefined)).toMatchObject({ kind: 'create' });
    expect(plannedTopic({ ...topic, isCreated: false }, undefined)).toMatchObject({ kind: 'absent' });
  });

  it('leaves alone what is as it is wanted, or better', () => {
    expect(plannedTopic(topic, asWanted)).toEqual({ kind: 'as-wanted', topic });
    expect(plannedTopic(topic, { ...asWanted, segmentMs: 50, maxRecordBytes: 501 })).toMatchObject({
      kind: 'as-wanted',
    });
  });

  it('asks nothing of an embedded log that only Kafka has', () => {
    const { segmentMs: _, cleanupPolicy: __, timestampType: ___, ...embedded } = asWanted;
    expect(plannedTopic(topic, embedded)).toMatchObject({ kind: 'as-wanted' });
  });

  it.each([
    ['partitions', { partitions: 3 }, '3', '6', 'add partitions while nothing is in flight'],
    ['partitions', { partitions: 7 }, '7', '6', 'cannot be taken away'],
    ['retention.ms', { retentionMs: 999 }, '999', '1000', 'lost'],
    ['retention.ms', { retentionMs: Infinity }, 'unlimited', '1000', 'can take effect twice'],
    ['segment.ms', { segmentMs: 101 }, '101', 'at most 100', 'outlive the retention'],
    ['max.message.bytes', { maxRecordBytes: 499 }, '499', 'at least 500', 'dead letter'],
    ['message.timestamp.type', { timestampType: 'CREATE_TIME' }, 'CreateTime', 'LogAppendTime', 'horizon'],
    ['cleanup.policy', { cleanupPolicy: 'compact,delete' }, 'compact,delete', 'delete', 'compaction'],
  ] as const)('shows %s that drifted: %o', (setting, different, got, expected, fix) => {
    expect(plannedTopic(topic, { ...asWanted, ...different })).toEqual({
      kind: 'drifted',
      topic,
      drifts: [{ setting, got, expected, fix: expect.stringContaining(fix) as string }],
    });
  });

  it('shows all that drifted at once', () => {
    const planned = plannedTopic(topic, { ...asWanted, partitions: 1, retentionMs: 1, maxRecordBytes: 1 });
    expect(planned.kind === 'drifted' && planned.drifts.map(({ setting }) => setting)).toEqual([
      'partitions',
      'retention.ms',
      'max.message.bytes',
    ]);
  });
});

describe('the topics of a pipeline', () => {
  it('are all that it reads and writes, each with its dead letters, with room for them', () => {
    const wanted = wantedTopics(metersStages.features.contract, 'dev');
    expect(wanted.map(({ name }) => name)).toEqual(
      wanted.flatMap(({ name }, index) => (index % 2 === 0 ? [name, `${name}.dlq`] : [])),
    );
    expect(wanted.length).toBe(10);
    const rooms = wanted.map(({ maxRecordBytes }) => maxRecordBytes);
    expect(rooms.filter((_, index) => index % 2 === 1)).toEqual(
      rooms.filter((_, index) => index % 2 === 0).map((bytes) => bytes + 65_536),
    );
  });

  it('of somebody else are not created, but their dead letters are', () => {
    const { contract } = ordersStages.features;
    const [source, letters] = wantedTopics(
      {
        ...contract,
        source: { ...contract.source, kind: 'existing', name: 'orders-v2', deadLetters: 'orders-v2.dlq' },
      },
      'dev',
    );
    expect(source).toMatchObject({ name: 'orders-v2', isCreated: false });
    expect(letters).toMatchObject({ name: 'orders-v2.dlq', isCreated: true });
  });

  it('are created once, and then as they are wanted', async () => {
    const bench = await openOpsBench(metersStages);
    const { contract, log } = bench.deployment;
    const elsewhere = { contract, environment: 'stage', log };
    const plan = await planTopics(elsewhere);
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(['create']));
    expect(await applyTopics(log, plan)).toHaveLength(10);
    const again = await planTopics(elsewhere);
    expect(new Set(again.map(({ kind }) => kind))).toEqual(new Set(['as-wanted']));
    expect(await applyTopics(log, again)).toEqual([]);
  });
});
