import type { Clock } from '../ports/clock.ts';
import { finishMs } from './margins.ts';
import type { EpochMs } from '../units.ts';

/**
 * How long an invocation with unfinished records waits before it answers, so that redeliveries do not burn the mapping's retries.
 *
 * @param suggestions - per unfinished record, when it is worth another try, ms from now
 * @param minimumMs - the contract's `minimumWait`: retries × this outlast `giveUp.after`
 * @returns ms; never so long that the answer itself is late
 */
export const waitMs = (
  suggestions: readonly number[],
  minimumMs: number,
  now: EpochMs,
  deadline: EpochMs,
): number => {
  if (suggestions.length === 0) return 0;
  const wanted = Math.max(minimumMs, Math.min(...suggestions));
  return Math.max(0, Math.min(wanted, deadline - now - finishMs));
};

/** The last phase before the answer: only now, when everything else of the batch is out. */
export const waitFor = async (clock: Clock, ms: number): Promise<void> => {
  if (ms > 0) await clock.timer(ms).elapsed;
};
