import { setTimeout as pause } from 'node:timers/promises';

/** @returns whether the condition was met in time */
export const isMetWithin = async (
  ms: number,
  isMet: () => boolean | Promise<boolean>,
  everyMs = 50,
): Promise<boolean> => {
  const giveUpAt = Date.now() + ms;
  while (!(await isMet())) {
    if (Date.now() > giveUpAt) return false;
    await pause(everyMs);
  }
  return true;
};

/** Waits for a condition; fails with what was waited for when it does not come. */
export const until = async (
  what: string,
  ms: number,
  isMet: () => boolean | Promise<boolean>,
): Promise<void> => {
  if (!(await isMetWithin(ms, isMet))) throw new Error(`waited ${ms / 1_000} s for ${what}`);
};
