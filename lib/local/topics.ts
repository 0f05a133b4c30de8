import {
  deadLettersIn,
  topicIn,
  type ResolvedContract,
  type ResolvedTopic,
} from '../core/contract/resolved.ts';
import { letterAllowanceBytes } from '../core/dead-letter.ts';
import type { TopicSettings } from '../core/ports/event-log.ts';

/** All topics of a pipeline, each with its dead letters, as the local log is to have them. */
export const topicsOf = (contract: ResolvedContract, environment: string): readonly TopicSettings[] => {
  const topics: readonly ResolvedTopic[] = [
    contract.source,
    ...Object.values(contract.context).map(({ source }) => source),
    contract.vectors,
    contract.decisions,
    contract.outcomes,
  ];
  return topics.flatMap((topic) => [
    {
      name: topicIn(environment, topic),
      partitions: topic.partitions,
      retentionMs: topic.retentionMs,
      maxRecordBytes: topic.maxRecordBytes,
    },
    {
      name: deadLettersIn(environment, topic),
      partitions: 1,
      retentionMs: topic.retentionMs,
      maxRecordBytes: topic.maxRecordBytes + letterAllowanceBytes,
    },
  ]);
};
