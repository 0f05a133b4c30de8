import type { Connection } from './client.ts';

/** Time that is kept for what follows a call, ms. */
const marginMs = 300;
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

/**
 * Waits before what was throttled is sent again: full jitter, doubled each time.
 *
 * @param tries - how often it was sent
 * @returns false where the invocation has no time left for another try
 * @see AWS Architecture Blog, "Exponential backoff and jitter"
 */
export const mayTryAgain = async (
  { clock, deadline }: Pick<Connection, 'clock' | 'deadline'>,
  tries: number,
): Promise<boolean> => {
  const waitMs = Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** tries);
  if (clock.now() + waitMs + marginMs > deadline()) return false;
  await clock.timer(waitMs).elapsed;
  return true;
};
