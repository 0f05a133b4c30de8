import type { EventLog, TopicDescription } from '../../core/ports/event-log.ts';
import type { Deployment } from '../deployment.ts';
import { wantedTopics, type WantedTopic } from './wanted-topics.ts';

/** What is otherwise than the contract wants it, and what follows from that. */
export interface Drift {
  readonly setting: string;
  readonly got: string;
  readonly expected: string;
  readonly fix: string;
}

export type PlannedTopic =
  | { readonly kind: 'as-wanted'; readonly topic: WantedTopic }
  | { readonly kind: 'create'; readonly topic: WantedTopic }
  /** It is somebody else's, and not there. */
  | { readonly kind: 'absent'; readonly topic: WantedTopic }
  | { readonly kind: 'drifted'; readonly topic: WantedTopic; readonly drifts: readonly Drift[] };

/** What would be done for the topics of a pipeline: nothing is ever changed or deleted, only created. */
export const planTopics = async ({
  contract,
  environment,
  log,
}: Pick<Deployment, 'contract' | 'environment'> & {
  readonly log: Pick<EventLog, 'describe'>;
}): Promise<readonly PlannedTopic[]> =>
  Promise.all(
    wantedTopics(contract, environment).map(async (topic) =>
      plannedTopic(topic, await log.describe(topic.name)),
    ),
  );

/** Creates what the plan creates. Returns the names. */
export const applyTopics = async (
  log: Pick<EventLog, 'createTopics'>,
  plan: readonly PlannedTopic[],
): Promise<readonly string[]> => {
  const missing = plan.flatMap((planned) => (planned.kind === 'create' ? [planned.topic] : []));
  if (missing.length > 0) await log.createTopics(missing);
  return missing.map(({ name }) => name);
};

export const plannedTopic = (topic: WantedTopic, found: TopicDescription | undefined): PlannedTopic => {
  if (found === undefined) return { kind: topic.isCreated ? 'create' : 'absent', topic };
  const drifts = driftsOf(topic, found);
  return drifts.length === 0 ? { kind: 'as-wanted', topic } : { kind: 'drifted', topic, drifts };
};

const driftsOf = (wanted: WantedTopic, found: TopicDescription): readonly Drift[] => {
  const drifts: Drift[] = [];
  if (found.partitions !== wanted.partitions)
    drifts.push({
      setting: 'partitions',
      got: String(found.partitions),
      expected: String(wanted.partitions),
      fix:
        found.partitions < wanted.partitions
          ? 'add partitions while nothing is in flight: keys move to others'
          : 'say so in the contract: partitions cannot be taken away',
    });
  // Longer is no better: keys are remembered for as long as the contract says, and no longer.
  if (found.retentionMs !== wanted.retentionMs)
    drifts.push({
      setting: 'retention.ms',
      got: milliseconds(found.retentionMs),
      expected: milliseconds(wanted.retentionMs),
      fix:
        found.retentionMs > wanted.retentionMs
          ? 'lower it, or raise the contract’s retention: a record that outlives its key can take effect twice'
          : 'raise it, or lower the contract’s retention: what is not read in time is lost',
    });
  if (found.segmentMs !== undefined && found.segmentMs > wanted.segmentMs)
    drifts.push({
      setting: 'segment.ms',
      got: milliseconds(found.segmentMs),
      expected: `at most ${milliseconds(wanted.segmentMs)}`,
      fix: 'lower it, or raise the contract’s segment: records outlive the retention by up to this',
    });
  if (found.maxRecordBytes < wanted.maxRecordBytes)
    drifts.push({
      setting: 'max.message.bytes',
      got: String(found.maxRecordBytes),
      expected: `at least ${wanted.maxRecordBytes}`,
      fix: 'raise it, or lower the contract’s maxRecordBytes: what the broker refuses becomes a dead letter',
    });
  if (found.timestampType === 'CREATE_TIME')
    drifts.push({
      setting: 'message.timestamp.type',
      got: 'CreateTime',
      expected: 'LogAppendTime',
      fix: 'set it: the horizon counts from the append, by the broker’s clock',
    });
  if (found.cleanupPolicy?.includes('compact') === true)
    drifts.push({
      setting: 'cleanup.policy',
      got: found.cleanupPolicy,
      expected: 'delete',
      fix: 'set it: compaction drops events that nobody has read',
    });
  return drifts;
};

const milliseconds = (ms: number): string => (Number.isFinite(ms) ? String(ms) : 'unlimited');
