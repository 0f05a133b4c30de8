import { setTimeout as delay } from 'node:timers/promises';
import { KafkaFault, logUnavailable } from './faults.ts';

const LEAST_WAIT_MS = 50;
const MOST_WAIT_MS = 250;

/**
 * Twice as long with each failure, and never for two callers the same: they would come back together.
 *
 * @param leftMs - no longer than that
 */
export const waitBeforeRetry = async (
  failures: number,
  signal: AbortSignal,
  leftMs: number,
): Promise<void> => {
  const most = Math.min(MOST_WAIT_MS, LEAST_WAIT_MS * 2 ** failures);
  const waitMs = LEAST_WAIT_MS + Math.random() * (most - LEAST_WAIT_MS);
  await delay(Math.min(waitMs, leftMs), undefined, { signal, ref: true }).catch(() => {});
};

/**
 * Does something until it succeeds, for as long as its faults may pass and there is time.
 *
 * @param what - what is to be done, for the error
 * @throws {TransientError} `LOG_UNAVAILABLE`, or why no connection is let in
 * @throws {ConfigError} for authentication that is configured wrongly
 */
export const withRetries = async <Value>(
  what: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  work: () => Promise<Value>,
): Promise<Value> => {
  const giveUpAt = performance.now() + timeoutMs;
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof KafkaFault)) throw thrown;
      if (!thrown.canRetry || signal.aborted || performance.now() >= giveUpAt)
        throw logUnavailable(what, thrown);
    }
    await waitBeforeRetry(failures, signal, giveUpAt - performance.now());
  }
};
