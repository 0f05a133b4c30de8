import type { StandstillClock } from './standstill-clock.ts';

/**
 * What `performance.now` answers: it stands with the run's time, and never goes back.
 *
 * @param running - that of a thread, which does not stand
 */
export const standingNow = (clock: StandstillClock, running: () => number): (() => number) => {
  // A thread that is younger than a standstill has not stood for it.
  const bornBehindMs = clock.behindMs ?? Date.now() - clock.now();
  /** The run's time at 0. */
  let origin = clock.now() - running();
  let last = 0;
  return () => {
    const { behindMs } = clock;
    // Nobody tells this thread when a standstill began; the clock shows the time that it was then.
    const now = behindMs === undefined ? clock.now() - origin : running() - (behindMs - bornBehindMs);
    if (behindMs !== undefined) origin = clock.now() - now;
    last = Math.max(last, now);
    return last;
  };
};
