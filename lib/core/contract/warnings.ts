import { letterAllowanceBytes } from '../dead-letter.ts';
import { describeDuration } from '../units.ts';
import { stagesOf, type StageView } from './contradictions/stages-of.ts';
import type { AnyTriggerOptions } from './options.ts';
import type { ResolvedContract } from './resolved.ts';
import type { TopicDefinition } from './topics.ts';

const time = (ms: number): string => describeDuration({ ms });

/** A poller runs up to this many invocations at a time. @see AWS Lambda developer guide, "kafka-scaling-modes" */
const invocationsPerPoller = 5;
const partitionsPerInvocation = 2;
/** Kafka's default `max.message.bytes`, less what a dead letter adds. */
const defaultBrokerBytes = 1024 * 1024 - letterAllowanceBytes;

const sourceWarnings = ({ kind, options }: TopicDefinition, path: string): readonly string[] => {
  const warnings: string[] = [];
  if (kind === 'existing' && !options.identify)
    warnings.push(
      `${path}.identify: an event without the headers ce_source and ce_id is identified by its coordinates, which do not survive a migration; if the producers send plain JSON, map their fields`,
    );
  if (kind === 'existing' && options.partitions === undefined)
    warnings.push(
      `${path}.partitions: 6 is assumed; write what the cluster says, for the topics between the stages take it over`,
    );
  if (options.maxRecordBytes !== undefined && options.maxRecordBytes > defaultBrokerBytes)
    warnings.push(
      `${path}.maxRecordBytes: with its dead letter's headers it is above Kafka's default max.message.bytes; the cluster must allow it`,
    );
  return [...warnings, ...nameWarnings(options, path)];
};

/** What the engine reads from the data, by role. */
const nameWarnings = (
  { identify, format, ...names }: TopicDefinition['options'],
  path: string,
): readonly string[] =>
  format?.format === 'protobuf'
    ? Object.entries({
        key: names.key,
        time: names.time,
        'identify.id': identify?.id,
        'identify.type': identify?.type,
        'identify.publishedAt': identify?.publishedAt,
      })
        .filter(([, name]) => name?.includes('_'))
        .map(
          ([role, name]) =>
            `${path}.${role}: "${name}" has an underscore, and Protobuf's JSON names its fields in lowerCamelCase; only a field with this json_name comes as it`,
        )
    : [];

const mappingWarnings = ({ path: stagePath, stage: { mapping }, reads }: StageView): readonly string[] => {
  const path = `${stagePath}.mapping`;
  if (!mapping.pollers)
    return [
      `${path}.pollers: on demand Lambda has no partial responses, no bisect and no limits: one record that cannot be handled holds up its partition, and an unfinished one fails its whole batch`,
    ];
  const { min, max } = mapping.pollers;
  const warnings: string[] = [];
  if (min !== max)
    warnings.push(
      `${path}.pollers: min ${min} and max ${max} differ, and every change rebalances the group; equal numbers avoid it`,
    );
  if (reads.partitions > max * invocationsPerPoller * partitionsPerInvocation)
    warnings.push(
      `${path}.pollers: ${max} × ${invocationsPerPoller} invocations at a time share ${reads.partitions} partitions of ${reads.name}; a slow one delays several`,
    );
  if (mapping.onFailure === 'none' && (mapping.retries !== -1 || mapping.maxAgeMs !== -1))
    warnings.push(`${path}.onFailure: what the mapping gives up on is lost without a trace`);
  if (mapping.maxAgeMs === -1 && mapping.retries === -1)
    warnings.push(
      `${path}.retries: without any limit a record that kills its worker holds up its partition for ever`,
    );
  return warnings;
};

/** What is allowed, and should be known: each begins with the path it is about. */
export const warningsOf = (options: AnyTriggerOptions, resolved: ResolvedContract): readonly string[] => {
  const { features, source, action } = resolved;
  const warnings: string[] = [
    ...sourceWarnings(options.source, 'source'),
    ...Object.entries(options.context ?? {}).flatMap(([name, context]) =>
      sourceWarnings(context.source, `context.${name}.source`),
    ),
    ...stagesOf(options, resolved).flatMap(mappingWarnings),
  ];
  if (features.memoryMs > source.retentionMs)
    warnings.push(
      `features.memory: ${time(features.memoryMs)} is longer than the source is kept, ${time(source.retentionMs)}: a rebuild could not see that far back`,
    );
  for (const [name, context] of Object.entries(resolved.context))
    if (context.historyMs > context.source.retentionMs)
      warnings.push(
        `context.${name}.history: ${time(context.historyMs)} is longer than its topic is kept, ${time(context.source.retentionMs)}: a rebuild could not see that far back`,
      );
  if (action.limitPerMinute === null)
    warnings.push(
      'action.limit: none, so a bad event can have any number of effects; perMinute(…) bounds them',
    );
  return warnings;
};
