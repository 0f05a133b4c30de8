import { setTimeout as pause } from 'node:timers/promises';

/** ms; the longest pause between two looks. */
const seldomMs = 500;

/**
 * Looks often at first, and then more seldom: most of what is looked at is asked of a broker, which has others to answer.
 *
 * @returns whether the condition was met in time
 */
export const isMetWithin = async (ms: number, isMet: () => boolean | Promise<boolean>): Promise<boolean> => {
  const giveUpAt = Date.now() + ms;
  for (let pauseMs = 50; !(await isMet()); pauseMs = Math.min(pauseMs * 1.2, seldomMs)) {
    if (Date.now() > giveUpAt) return false;
    await pause(pauseMs);
  }
  return true;
};

/** Many times what anything takes here: also a machine a tenth as fast is waited for. */
export const patienceMs = 180_000;

/** Waits for a condition; fails with what was waited for when it does not come. */
export const until = async (what: string, isMet: () => boolean | Promise<boolean>): Promise<void> => {
  if (!(await isMetWithin(patienceMs, isMet))) throw new Error(`waited ${patienceMs / 1_000} s for ${what}`);
};
