import { topicIn, type ResolvedContract } from '../../core/contract/resolved.ts';
import type { PartitionOffsets } from '../../core/ports/event-log.ts';
import type { Answered, TopicFacts, TopicSettingsFound } from '../../core/ports/examination.ts';
import { describeDuration } from '../../core/units.ts';
import { plannedTopic, type Drift } from '../topics/topic-plan.ts';
import type { WantedTopic } from '../topics/wanted-topics.ts';
import { findingsOn, whyNot, type Finding, type Level } from './finding.ts';

const area = 'topics';
const dayMs = 86_400_000;
const noId = '00000000-0000-0000-0000-000000000000';

const time = (ms: number): string => (Number.isFinite(ms) ? describeDuration({ ms }) : 'unlimited');

const numbers = (partitions: readonly { readonly partition: number }[]): string =>
  partitions.map(({ partition }) => partition).join(', ');

/** A topic that is wanted, and how long what it holds must be recognised. */
export interface ExaminedTopic {
  readonly wanted: WantedTopic;
  /** Keys of its records are remembered so long; `null` where none of its records is acted on. */
  readonly horizonMs: number | null;
}

/** Whether a record may outlive the memory of its key, and then take effect twice. */
const breaksHorizon = (
  horizonMs: number | null,
  { retentionMs, segmentMs = 0 }: Pick<TopicSettingsFound, 'retentionMs' | 'segmentMs'>,
): boolean => horizonMs !== null && retentionMs + segmentMs + dayMs > horizonMs;

const levelOf = (
  { setting }: Drift,
  { wanted, horizonMs }: ExaminedTopic,
  found: TopicSettingsFound,
): Exclude<Level, 'ok'> => {
  switch (setting) {
    case 'partitions':
      return 'warning';
    case 'retention.ms':
      return found.retentionMs < wanted.retentionMs || breaksHorizon(horizonMs, found)
        ? 'failure'
        : 'warning';
    case 'segment.ms':
      return breaksHorizon(horizonMs, found) ? 'failure' : 'warning';
    default:
      return 'failure';
  }
};

/** Of what the contract says of a topic. */
const judgeSettings = (topic: ExaminedTopic, found: TopicSettingsFound): readonly Finding[] => {
  const planned = plannedTopic(topic.wanted, found);
  if (planned.kind !== 'drifted') return [];
  return planned.drifts.map((drift) => {
    const on = findingsOn(area, drift.setting, topic.wanted.name);
    const { got, expected, fix } = drift;
    return levelOf(drift, topic, found) === 'failure'
      ? on.failure(got, expected, fix)
      : on.warning(got, expected, fix);
  });
};

/** Of what the contract does not speak of: whether what is acknowledged is kept. */
const judgeDurability = (
  name: string,
  { partitions, settings }: Pick<TopicFacts, 'partitions' | 'settings'>,
  brokers: number,
): readonly Finding[] => {
  const findings: Finding[] = [];
  const leaderless = partitions.filter(({ hasLeader }) => !hasLeader);
  if (leaderless.length > 0)
    findings.push(
      findingsOn(area, 'leaders', name).failure(
        `no leader of partition ${numbers(leaderless)}`,
        'a leader of each partition',
        'bring back the brokers that hold them',
      ),
    );
  const behind = partitions.filter(({ replicas, inSync }) => inSync < replicas);
  if (behind.length > 0)
    findings.push(
      findingsOn(area, 'replicas', name).warning(
        `fewer in sync than there are, of partition ${numbers(behind)}`,
        'all replicas in sync',
        'see why they cannot follow: a broker that is down, or too slow',
      ),
    );
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  // Of a single broker it is said once, and not of each topic.
  if (replicas < 2 && brokers > 1)
    findings.push(
      findingsOn(area, 'replication', name).warning(
        `${replicas}, on ${brokers} brokers`,
        'two or more',
        'reassign its partitions: what the one broker loses is lost',
      ),
    );
  if (settings.kind === 'unanswered') return findings;
  const { minInSyncReplicas, uncleanLeaderElection } = settings.value;
  const inSync = Math.min(...partitions.map((partition) => partition.inSync));
  const minimum = findingsOn(area, 'min.insync.replicas', name);
  if (minInSyncReplicas > inSync)
    findings.push(
      minimum.failure(
        `${minInSyncReplicas}, and only ${inSync} in sync`,
        'no more than there are: else every write is refused',
        'lower it, or bring back replicas',
      ),
    );
  else if (replicas > 2 && minInSyncReplicas < 2)
    findings.push(
      minimum.warning(
        `${minInSyncReplicas} of ${replicas}`,
        '2 or more',
        'raise it: acknowledged by all may mean by one',
      ),
    );
  else if (replicas > 1 && minInSyncReplicas === replicas)
    findings.push(
      minimum.warning(
        `${minInSyncReplicas} of ${replicas}`,
        'fewer than there are replicas',
        'lower it by one: any broker that is down stops all writes',
      ),
    );
  if (uncleanLeaderElection && replicas > 1)
    findings.push(
      findingsOn(area, 'unclean.leader.election.enable', name).warning(
        'true',
        'false',
        'set it: a replica that is behind may become leader, and acknowledged records are lost',
      ),
    );
  return findings;
};

const expectedOf = ({ partitions, retentionMs, segmentMs, maxRecordBytes }: WantedTopic): string =>
  `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, kept ${time(retentionMs)} in segments of at most ${time(segmentMs)}, records of ${maxRecordBytes} bytes, LogAppendTime, delete`;

const summaryOf = ({ id, partitions, settings }: TopicFacts): string =>
  [
    `partitions ${partitions.length} × replicas ${partitions[0]?.replicas ?? 0}`,
    ...(settings.kind === 'answered'
      ? [`kept ${time(settings.value.retentionMs)}, segments of ${time(settings.value.segmentMs ?? 0)}`]
      : []),
    `id ${id}`,
  ].join(', ');

/** A topic of the contract as its brokers have it: one line where all of it is right, else one for each thing that is not. */
export const judgeTopic = (
  topic: ExaminedTopic,
  answered: Answered<TopicFacts | null>,
  brokers: number,
): readonly Finding[] => {
  const { wanted } = topic;
  const on = findingsOn(area, 'topic', wanted.name);
  const expected = expectedOf(wanted);
  if (answered.kind === 'unanswered')
    return [
      on.notProbed(
        whyNot(answered),
        expected,
        'grant the right to describe the topic, where it exists; brokers hide from others whether it does',
      ),
    ];
  const facts = answered.value;
  if (facts === null) return [missing(wanted)];
  const findings: Finding[] = [...judgeDurability(wanted.name, facts, brokers)];
  if (facts.id === noId)
    findings.push(
      findingsOn(area, 'topic id', wanted.name).failure(
        'none',
        'an id: by it a topic that was created again is told from the one before',
        'upgrade the brokers to Kafka 2.8 or later',
      ),
    );
  if (facts.settings.kind === 'answered') findings.push(...judgeSettings(topic, facts.settings.value));
  else
    findings.push(
      findingsOn(area, 'settings', wanted.name).notProbed(
        whyNot(facts.settings),
        expected,
        'grant the right to describe the configuration of the topic',
        'warning',
      ),
    );
  return findings.length === 0 ? [on.ok(summaryOf(facts), expected)] : findings;
};

/** @param wanted - of a topic that does not exist */
export const missing = (wanted: WantedTopic): Finding =>
  findingsOn(area, 'topic', wanted.name).failure(
    'no such topic',
    expectedOf(wanted),
    wanted.isCreated
      ? 'create it; those of a local run `npx freshet topics apply` creates'
      : 'let its owner create it, or correct its name in the contract',
  );

/** Whether offsets can be looked up by time, which replays begin with. */
export const judgeOffsets = (
  topic: string,
  ranges: readonly PartitionOffsets[],
  byTime: readonly { readonly partition: number; readonly offset: number }[],
): Finding => {
  const on = findingsOn(area, 'offsets by time', topic);
  const expected = 'for every partition the first record at a time, or its end';
  const wrong = ranges.filter(({ partition, earliest, end }) => {
    const offset = byTime.find((one) => one.partition === partition)?.offset;
    return offset === undefined || offset < earliest || offset > end;
  });
  const records = ranges.reduce((sum, { earliest, end }) => sum + end - earliest, 0);
  return wrong.length === 0
    ? on.ok(`found in ${ranges.length} partitions, with ${records} records in them`, expected)
    : on.failure(
        `no offset within partition ${numbers(wrong)}`,
        expected,
        'ask whoever runs the cluster whether it keeps time indexes: without, no replay can begin at a time',
      );
};

/**
 * How long the keys of a topic's records are remembered; `null` where none of them is acted on.
 *
 * @param name - with the environment
 */
export const horizonOf = (
  { source, vectors, decisions, keyRetentionMs }: ResolvedContract,
  environment: string,
  name: string,
): number | null =>
  [source, vectors, decisions].some((topic) => topicIn(environment, topic) === name) ? keyRetentionMs : null;
