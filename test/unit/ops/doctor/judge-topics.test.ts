import { describe, expect, it } from 'vitest';
import type { TopicFacts, TopicSettingsFound } from '../../../../lib/core/ports/examination.ts';
import { horizonOf, judgeOffsets, judgeTopic } from '../../../../lib/ops/doctor/judge-topics.ts';
import {
  answer,
  horizonMs,
  seen,
  settings,
  silence,
  topicFacts,
  wanted,
} from '../../../support/examinations.ts';
import { ordersStages } from '../../../support/orders-stages.ts';

const { contract } = ordersStages.features;
const dayMs = 86_400_000;

const judged = (
  {
    facts = {},
    found = {},
  }: { readonly facts?: Partial<TopicFacts>; readonly found?: Partial<TopicSettingsFound> },
  { brokers = 3, horizon = horizonMs }: { readonly brokers?: number; readonly horizon?: number | null } = {},
): readonly string[] =>
  seen(
    judgeTopic(
      { wanted, horizonMs: horizon },
      answer({ ...topicFacts, settings: answer({ ...settings, ...found }), ...facts }),
      brokers,
    ),
  );

const partitions = (change: Partial<TopicFacts['partitions'][number]>): TopicFacts['partitions'] =>
  topicFacts.partitions.map((partition) => ({ ...partition, ...(partition.partition === 1 ? change : {}) }));

describe('a topic', () => {
  it('that is as the contract wants it is one line, with its id', () => {
    const [finding, ...others] = judgeTopic({ wanted, horizonMs }, answer(topicFacts), 3);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ level: 'ok', subject: 'orders', fix: null });
    expect(finding?.got).toBe(`partitions 3 × replicas 3, kept 2 d, segments of 6 h, id ${settings.id}`);
  });

  it.each<[string, Partial<TopicSettingsFound>, readonly string[]]>([
    ['too few partitions', { partitions: 2 }, ['warning partitions']],
    ['retention too short', { retentionMs: dayMs }, ['failure retention.ms']],
    ['retention beyond the horizon', { retentionMs: 3 * dayMs }, ['failure retention.ms']],
    ['no end of retention', { retentionMs: Number.POSITIVE_INFINITY }, ['failure retention.ms']],
    ['segments beyond the horizon', { segmentMs: dayMs }, ['failure segment.ms']],
    ['records too small', { maxRecordBytes: 999_999 }, ['failure max.message.bytes']],
    ["the producer's time", { timestampType: 'CREATE_TIME' }, ['failure message.timestamp.type']],
    ['compaction', { cleanupPolicy: 'compact,delete' }, ['failure cleanup.policy']],
    ['all of it from one replica', { minInSyncReplicas: 1 }, ['warning min.insync.replicas']],
    ['no replica to spare', { minInSyncReplicas: 3 }, ['warning min.insync.replicas']],
    ['more in sync than there are', { minInSyncReplicas: 4 }, ['failure min.insync.replicas']],
    ['unclean elections', { uncleanLeaderElection: true }, ['warning unclean.leader.election.enable']],
  ])('with %s says so', (_, found, expected) => {
    expect(judged({ found })).toEqual(expected);
  });

  it.each<[string, Partial<TopicFacts>, readonly string[]]>([
    ['no leader', { partitions: partitions({ hasLeader: false }) }, ['failure leaders']],
    ['a replica that is behind', { partitions: partitions({ inSync: 2 }) }, ['warning replicas']],
    [
      'one replica',
      {
        partitions: partitions({ replicas: 1, inSync: 1 }),
        settings: answer({ ...settings, minInSyncReplicas: 1 }),
      },
      ['warning replication'],
    ],
    ['no id', { id: '00000000-0000-0000-0000-000000000000' }, ['failure topic id']],
    [
      'settings that may not be read',
      { settings: silence('TOPIC_AUTHORIZATION_FAILED') },
      ['warning settings'],
    ],
  ])('with %s says so', (_, facts, expected) => {
    expect(judged({ facts })).toEqual(expected);
  });

  it('may be kept longer where its keys are remembered long enough, or nothing acts on it', () => {
    const found = { retentionMs: 3 * dayMs, segmentMs: 2 * 6 * 3_600_000 };
    expect(judged({ found }, { horizon: 5 * dayMs })).toEqual(['warning retention.ms', 'warning segment.ms']);
    expect(judged({ found }, { horizon: null })).toEqual(['warning retention.ms', 'warning segment.ms']);
  });

  it('of a single broker need not have replicas', () => {
    const alone = {
      partitions: partitions({ replicas: 1, inSync: 1 }),
      settings: answer({ ...settings, minInSyncReplicas: 1, uncleanLeaderElection: true }),
    };
    expect(judged({ facts: alone }, { brokers: 1 })).toEqual(['ok topic']);
  });

  it('that is not there is a failure, and who creates it is named', () => {
    const [ours] = judgeTopic({ wanted, horizonMs }, answer(null), 3);
    expect(ours).toMatchObject({ level: 'failure', got: 'no such topic' });
    expect(ours?.fix).toContain('topics apply');
    const [theirs] = judgeTopic({ wanted: { ...wanted, isCreated: false }, horizonMs }, answer(null), 3);
    expect(theirs?.fix).toContain('its owner');
  });

  it('that may not be described is not taken for right', () => {
    expect(judgeTopic({ wanted, horizonMs }, silence('TOPIC_AUTHORIZATION_FAILED'), 3)).toMatchObject([
      { level: 'failure', got: 'not probed: TOPIC_AUTHORIZATION_FAILED' },
    ]);
  });
});

it('only what stages act on has a horizon', () => {
  const ofContract = (name: string): number | null => horizonOf(contract, 'dev', name);
  expect(ofContract('orders-v2')).toBe(contract.keyRetentionMs);
  expect(ofContract(`dev.${contract.decisions.name}`)).toBe(contract.keyRetentionMs);
  expect(ofContract(contract.decisions.name)).toBe(null);
  expect(ofContract('orders-v2.dlq')).toBe(null);
});

describe('offsets by time', () => {
  const ranges = [{ partition: 0, earliest: 2, end: 9 }];
  it.each([
    [[{ partition: 0, offset: 2 }], 'ok'],
    [[{ partition: 0, offset: 9 }], 'ok'],
    [[{ partition: 0, offset: 10 }], 'failure'],
    [[{ partition: 0, offset: 1 }], 'failure'],
    [[], 'failure'],
  ])('%j of 2 to 9 are %s', (byTime, level) => {
    expect(judgeOffsets('orders', ranges, byTime).level).toBe(level);
  });
});
