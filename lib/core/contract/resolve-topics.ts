import { letterAllowanceBytes } from '../dead-letter.ts';
import { json } from './formats.ts';
import type { ResolvedSource, ResolvedTopic } from './resolved.ts';
import type { TopicDefinition } from './topics.ts';

const dayMs = 86_400_000;
const defaultPartitions = 6;
const defaultRetentionMs = 7 * dayMs;
const defaultSegmentMs = dayMs;
/** A dead letter of the largest record then fits a topic with Kafka's default `max.message.bytes`. */
const defaultMaxRecordBytes = 1024 * 1024 - letterAllowanceBytes;

const deadLettersOf = (name: string): string => `${name}.dlq`;

export const resolveSource = ({ kind, name, options }: TopicDefinition): ResolvedSource => ({
  kind,
  name,
  partitions: options.partitions ?? defaultPartitions,
  retentionMs: options.retention?.ms ?? defaultRetentionMs,
  segmentMs: options.segment?.ms ?? defaultSegmentMs,
  maxRecordBytes: options.maxRecordBytes ?? defaultMaxRecordBytes,
  deadLetters: deadLettersOf(name),
  key: options.key,
  time: options.time,
  events: options.events,
  format: options.format ?? json(),
  unknown: options.unknown ?? 'dead-letter',
  identify: options.identify ?? null,
});

/**
 * A topic between the stages: created, with the source's partitions (so that the entity's order is kept), retention and segment.
 *
 * Its name is `{domain}.{pipeline}.{eventType}`. The domain is that of a created source; the name of an existing source promises
 * none, and the pipeline's own name stands for it: `orders-v2` feeds `{pipeline}.{pipeline}.vector`.
 */
export const topicBetweenStages = (
  source: ResolvedSource,
  pipeline: string,
  eventType: 'vector' | 'decision' | 'outcome',
): ResolvedTopic => {
  const domain = source.kind === 'created' ? (source.name.split('.')[0] ?? pipeline) : pipeline;
  const name = `${domain}.${pipeline}.${eventType}`;
  return {
    kind: 'created',
    name,
    partitions: source.partitions,
    retentionMs: source.retentionMs,
    segmentMs: source.segmentMs,
    maxRecordBytes: defaultMaxRecordBytes,
    deadLetters: deadLettersOf(name),
  };
};
