import type { Clock, Timer } from '../../lib/core/ports/clock.ts';
import { epochMsOf, type EpochMs } from '../../lib/core/units.ts';

interface Waiting {
  readonly due: EpochMs;
  readonly resolve: () => void;
}

/** Time that passes only when somebody waits and nothing else is going on: then it jumps to the earliest timer. */
export class VirtualClock implements Clock {
  /** Timers that have elapsed, ms as they were asked for. */
  readonly waits: number[] = [];
  #now: EpochMs;
  readonly #waiting = new Set<Waiting>();
  #isJumping = false;

  constructor(start: EpochMs) {
    this.#now = start;
  }

  now(): EpochMs {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now = epochMsOf(this.#now + ms);
  }

  timer(ms: number): Timer {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting: Waiting = {
      due: epochMsOf(this.#now + ms),
      resolve: () => {
        this.waits.push(ms);
        resolve();
      },
    };
    this.#waiting.add(waiting);
    this.#jumpWhenIdle();
    return { elapsed: promise, cancel: () => void this.#waiting.delete(waiting) };
  }

  #jumpWhenIdle(): void {
    if (this.#isJumping) return;
    this.#isJumping = true;
    setImmediate(() => {
      this.#isJumping = false;
      const earliest = [...this.#waiting].toSorted((a, b) => a.due - b.due)[0];
      if (earliest === undefined) return;
      this.#waiting.delete(earliest);
      this.#now = epochMsOf(Math.max(this.#now, earliest.due));
      earliest.resolve();
      if (this.#waiting.size > 0) this.#jumpWhenIdle();
    });
  }
}
