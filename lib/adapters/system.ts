import { randomUUID } from 'node:crypto';
import type { Clock, Random } from '../core/ports/clock.ts';
import { epochMsOf } from '../core/units.ts';

/** The machine's wall clock and timers. */
export const systemClock: Clock = {
  now: () => epochMsOf(Date.now()),
  timer: (ms) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timeout = setTimeout(resolve, ms);
    return { elapsed: promise, cancel: () => clearTimeout(timeout) };
  },
};

export const systemRandom: Random = { token: () => randomUUID() };
