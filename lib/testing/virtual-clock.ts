import type { Clock, Timer } from '../core/ports/clock.ts';
import { epochMsOf, type EpochMs } from '../core/units.ts';

interface Pending {
  readonly at: number;
  readonly ring: () => void;
}

/** A clock that stands still until a timer is let ring: then it is as late as that timer says. */
export class VirtualClock implements Clock {
  #now: number;
  #pending: readonly Pending[] = [];

  constructor(start: EpochMs) {
    this.#now = start;
  }

  now(): EpochMs {
    return epochMsOf(this.#now);
  }

  timer(ms: number): Timer {
    const { promise, resolve } = Promise.withResolvers<void>();
    const pending: Pending = { at: this.#now + ms, ring: resolve };
    this.#pending = [...this.#pending, pending].toSorted((a, b) => a.at - b.at);
    return { elapsed: promise, cancel: () => this.#drop(pending) };
  }

  /** Lets the next timer ring. Returns whether there was one. */
  ringNext(): boolean {
    const [next] = this.#pending;
    if (next === undefined) return false;
    this.#drop(next);
    this.#now = Math.max(this.#now, next.at);
    next.ring();
    return true;
  }

  /** Timers of a worker that is gone. */
  forgetTimers(): void {
    this.#pending = [];
  }

  #drop(pending: Pending): void {
    this.#pending = this.#pending.filter((one) => one !== pending);
  }
}
