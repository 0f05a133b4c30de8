import type { Clock, Timer } from '../../core/ports/clock.ts';
import { epochMsOf, type EpochMs } from '../../core/units.ts';

/** A timer that came to its end while time stood still looks again after so long, ms. */
export const lookAgainMs = 20;

/**
 * The time of a run that can be stopped: while it stands at a breakpoint nothing grows older, no lease ends, nothing times out.
 *
 * Every thread of the run reads the same time, out of memory that they share. Afterwards the run's time is behind the wall clock by
 * as long as it stood; it goes back only where the wall clock does.
 */
export class StandstillClock implements Clock {
  readonly memory: SharedArrayBuffer;
  /** Running: how far it is behind the wall clock, ms. Standing: the time itself, negative. One number, so that nobody reads half a change. */
  readonly #cell: BigInt64Array;
  readonly #wall: () => number;

  /** @param memory - of a clock of another thread; without it, a new time */
  constructor(
    memory: SharedArrayBuffer = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT),
    wall: () => number = Date.now,
  ) {
    this.memory = memory;
    this.#cell = new BigInt64Array(memory);
    this.#wall = wall;
  }

  get isStanding(): boolean {
    return this.#state < 0;
  }

  /** How long it has stood so far, ms; `undefined` while it stands. */
  get behindMs(): number | undefined {
    const state = this.#state;
    return state < 0 ? undefined : state;
  }

  now(): EpochMs {
    const state = this.#state;
    return epochMsOf(state < 0 ? -state : this.#wall() - state);
  }

  timer(ms: number): Timer {
    const { promise, resolve } = Promise.withResolvers<void>();
    const due = this.now() + ms;
    const behindMs = this.behindMs;
    const ring = (): void => {
      const leftMs = this.behindMs !== undefined && this.behindMs === behindMs ? 0 : due - this.now();
      if (leftMs <= 0) resolve();
      else timeout = setTimeout(ring, Math.max(leftMs, lookAgainMs));
    };
    let timeout = setTimeout(ring, ms);
    return { elapsed: promise, cancel: () => clearTimeout(timeout) };
  }

  stand(): void {
    if (!this.isStanding) Atomics.store(this.#cell, 0, -BigInt(this.now()));
  }

  goOn(): void {
    // A wall clock that was set back meanwhile takes the run's time with it: less than 0 would be a standstill again.
    if (this.isStanding) Atomics.store(this.#cell, 0, BigInt(Math.max(0, this.#wall() - this.now())));
  }

  get #state(): number {
    return Number(Atomics.load(this.#cell, 0));
  }
}
