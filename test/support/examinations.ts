import type { Answered, Right, TopicFacts, TopicSettingsFound } from '../../lib/core/ports/examination.ts';
import type { Finding } from '../../lib/ops/doctor/finding.ts';
import type { WantedTopic } from '../../lib/ops/topics/wanted-topics.ts';

export const answer = <Value>(value: Value): Answered<Value> => ({ kind: 'answered', value });

export const silence = (code?: string): Extract<Answered<never>, { kind: 'unanswered' }> => ({
  kind: 'unanswered',
  code,
  why: 'nobody answered',
});

const hourMs = 3_600_000;
const dayMs = 86_400_000;

export const wanted: WantedTopic = {
  name: 'orders',
  partitions: 3,
  retentionMs: 2 * dayMs,
  segmentMs: 6 * hourMs,
  maxRecordBytes: 1_000_000,
  isCreated: true,
};

/** The least that a contract may remember keys for. */
export const horizonMs = wanted.retentionMs + wanted.segmentMs + dayMs;

export const settings: TopicSettingsFound = {
  name: wanted.name,
  id: '6f1a4f1e-0000-4000-8000-000000000001',
  partitions: wanted.partitions,
  retentionMs: wanted.retentionMs,
  segmentMs: wanted.segmentMs,
  maxRecordBytes: wanted.maxRecordBytes,
  cleanupPolicy: 'delete',
  timestampType: 'LOG_APPEND_TIME',
  minInSyncReplicas: 2,
  uncleanLeaderElection: false,
};

export const allRights: ReadonlySet<Right> = new Set<Right>([
  'read',
  'write',
  'describe',
  'describe-configs',
]);

export const topicFacts: TopicFacts = {
  id: settings.id,
  partitions: [0, 1, 2].map((partition) => ({ partition, hasLeader: true, replicas: 3, inSync: 3 })),
  rights: allRights,
  settings: answer(settings),
};

/** Level and probe of each: what most tests compare. */
export const seen = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ level, probe }) => `${level} ${probe}`);
