import type { Clock } from '../../core/ports/clock.ts';
import { isTimeAfter, type TimeFrame } from '../time-left.ts';

const firstWaitMs = 25;
const longestWaitMs = 1_000;

/**
 * Codes of a request, or of one statement of it, that was certainly not done and may succeed a moment later.
 *
 * @see Amazon DynamoDB API reference, "BatchStatementError" and "Common errors"
 */
const throttles = new Set([
  'ThrottlingError',
  'ThrottlingException',
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionConflict',
  'TransactionConflictException',
]);

export const isThrottle = (code: string | undefined): boolean => code !== undefined && throttles.has(code);

/** What the SDK threw because the whole request was throttled. */
export const isThrottled = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (isThrottle(thrown.name) || ('$retryable' in thrown && thrown.name.startsWith('Throttling')));

/** Operations that change nothing. */
const reads = new Set(['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand']);

/**
 * Whether what failed is a read that nobody answered, so that it may be sent again unseen: no connection, no answer in time, or
 * a connection that ended before it. An error of Node's network has a code of the system's, such as `ECONNRESET`.
 *
 * @param command - the SDK's name of it, such as `QueryCommand`
 */
export const isUnansweredRead = (command: string | undefined, thrown: unknown): boolean =>
  command !== undefined &&
  reads.has(command) &&
  thrown instanceof Error &&
  (thrown.name === 'TimeoutError' ||
    ('code' in thrown && typeof thrown.code === 'string' && /^E[A-Z]+(_[A-Z]+)?$/.test(thrown.code)));

/**
 * Waits before what was throttled is sent again: full jitter, doubled each time.
 *
 * @param tries - how often it was sent
 * @returns false where the invocation has no time left for another try
 * @see AWS Architecture Blog, "Exponential backoff and jitter"
 */
export const mayTryAgain = async (
  time: TimeFrame & { readonly clock: Clock },
  tries: number,
): Promise<boolean> => {
  const waitMs = Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** tries);
  if (!isTimeAfter(time, waitMs)) return false;
  await time.clock.timer(waitMs).elapsed;
  return true;
};
