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

/** Many times what anything takes here: also a machine a tenth as fast is waited for. */
export const patienceMs = 180_000;

/** Waits for a condition; fails with what was waited for when it does not come. */
export const until = async (what: string, isMet: () => boolean | Promise<boolean>): Promise<void> => {
  if (!(await isMetWithin(patienceMs, isMet))) throw new Error(`waited ${patienceMs / 1_000} s for ${what}`);
};
