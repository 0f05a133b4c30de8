import { letterAllowanceBytes } from '../../dead-letter.ts';
import type { Problem } from '../../errors.ts';
import { describeDuration } from '../../units.ts';
import type { AnyTriggerOptions } from '../options.ts';
import type { ResolvedContract, ResolvedTopic } from '../resolved.ts';

const time = (ms: number): string => describeDuration({ ms });
const dayMs = 86_400_000;

/**
 * What a dead-letter topic may hold in one record: an invocation carries 6 MB, and base64 makes four bytes of three,
 * so that a larger letter could never be redriven. 256 KiB are left for its key, headers and the event around it.
 */
const largestLetterBytes = 4_500_000 - 256 * 1024;
/** DynamoDB's limit for an item. */
const largestItemBytes = 400_000;

/**
 * The least time a settled key must be remembered, so that whatever a topic still holds can be delivered again harmlessly:
 * retention, the segment that outlives it, and a day for clocks and cleaners.
 */
export const leastKeyRetentionMs = (
  topics: readonly Pick<ResolvedTopic, 'retentionMs' | 'segmentMs'>[],
): number => Math.max(...topics.map(({ retentionMs, segmentMs }) => retentionMs + segmentMs)) + dayMs;

const recordProblems = ({ maxRecordBytes }: ResolvedTopic, path: string): readonly Problem[] =>
  maxRecordBytes + letterAllowanceBytes > largestLetterBytes
    ? [
        {
          path: `${path}.maxRecordBytes`,
          got: `${maxRecordBytes} bytes and ${letterAllowanceBytes} more for a dead letter`,
          expected: `at most ${largestLetterBytes} bytes together: what a dead-letter topic may hold, so that one invocation can carry it`,
          fix: `lower it to ${largestLetterBytes - letterAllowanceBytes} or less, and keep larger payloads outside the record`,
        },
      ]
    : [];

/** What would be forgotten too early, or is too large to be kept. */
export const retentionProblems = (
  options: AnyTriggerOptions,
  resolved: ResolvedContract,
): readonly Problem[] => {
  const { source, vectors, decisions, outcomes, keyRetentionMs, features } = resolved;
  const leastMs = leastKeyRetentionMs([source, vectors, decisions, outcomes]);
  const problems: Problem[] = [];
  if (options.keyRetention && keyRetentionMs < leastMs)
    problems.push({
      path: 'keyRetention',
      got: time(keyRetentionMs),
      expected: `at least ${time(leastMs)}: retention ${time(source.retentionMs)} + segment ${time(source.segmentMs)} + 1 day`,
      fix: 'raise it, or leave it out: a key forgotten earlier could take effect twice',
    });
  problems.push(...recordProblems(source, 'source'));
  for (const [name, context] of Object.entries(resolved.context))
    problems.push(...recordProblems(context.source, `context.${name}.source`));
  if (features.maxRowBytes > largestItemBytes)
    problems.push({
      path: 'features.maxRowBytes',
      got: `${features.maxRowBytes} bytes`,
      expected: `at most ${largestItemBytes} bytes, the largest item of DynamoDB`,
      fix: 'keep less in the row: shorter memory, fewer members',
    });
  return problems;
};
