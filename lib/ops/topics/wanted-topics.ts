import {
  deadLettersIn,
  topicIn,
  type ResolvedContract,
  type ResolvedTopic,
} from '../../core/contract/resolved.ts';
import { letterAllowanceBytes } from '../../core/dead-letter.ts';
import type { TopicSettings } from '../../core/ports/event-log.ts';

/** A topic as a contract wants it. */
export interface WantedTopic extends TopicSettings {
  readonly segmentMs: number;
  /** Whether the deployment creates it; another's topic is only looked at. */
  readonly isCreated: boolean;
}

/** All topics of a pipeline, each followed by its dead letters. */
export const wantedTopics = (contract: ResolvedContract, environment: string): readonly WantedTopic[] => {
  const topics: readonly ResolvedTopic[] = [
    contract.source,
    ...Object.values(contract.context).map(({ source }) => source),
    contract.vectors,
    contract.decisions,
    contract.outcomes,
  ];
  return topics.flatMap(({ kind, name, deadLetters, partitions, retentionMs, segmentMs, maxRecordBytes }) => {
    const [topic, letters] = [
      topicIn(environment, { kind, name }),
      deadLettersIn(environment, { kind, deadLetters }),
    ];
    return [
      { name: topic, partitions, retentionMs, segmentMs, maxRecordBytes, isCreated: kind === 'created' },
      {
        name: letters,
        partitions: 1,
        retentionMs,
        segmentMs,
        maxRecordBytes: maxRecordBytes + letterAllowanceBytes,
        isCreated: true,
      },
    ];
  });
};
