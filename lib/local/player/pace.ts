import { epochMsOf, type EpochMs } from '../../core/units.ts';

/** How fast simulated time passes. */
export type Speed =
  /** Simulated seconds per second. */
  | { readonly kind: 'paced'; readonly factor: number }
  /** As fast as the pipeline goes. */
  | { readonly kind: 'fast' };

/** The average month in {@link unhurriedPlayMs}. */
export const mostDefaultFactor = 15_000;

/** How long somebody watches a recording, unless it is longer than a month: about three minutes, ms. */
const unhurriedPlayMs = 175_000;

/**
 * The speed at which somebody watches who did not say how fast: about three minutes from the first event to the last, whether
 * they are half a day apart or a month.
 *
 * @param times - of all that is played, in any order
 */
export const unhurriedSpeed = (times: Iterable<EpochMs>): Speed => {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const at of times) [first, last] = [Math.min(first, at), Math.max(last, at)];
  const factor = Math.round((last - first) / unhurriedPlayMs);
  return { kind: 'paced', factor: Math.max(1, Math.min(mostDefaultFactor, factor)) };
};

/** Longest step of the wall clock that counts: a laptop that slept does not play a month at once. */
const longestStepMs = 250;

/** The simulated clock: event times up to its reading are due. */
export class Pace {
  #speed: Speed;
  #simulated: EpochMs;
  #asOf: EpochMs;

  constructor(speed: Speed, start: EpochMs, now: EpochMs) {
    this.#speed = speed;
    this.#simulated = start;
    this.#asOf = now;
  }

  get speed(): Speed {
    return this.#speed;
  }

  /**
   * Goes on at another speed.
   *
   * @param from - what it shows from now on
   */
  goOn(speed: Speed, from: EpochMs, now: EpochMs): void {
    this.#speed = speed;
    this.#simulated = from;
    this.#asOf = now;
  }

  /** The event time that it shows; `undefined` where it is fast, and shows none. */
  get reading(): EpochMs | undefined {
    return this.#speed.kind === 'fast' ? undefined : this.#simulated;
  }

  /** @returns the event time up to which everything is due */
  advance(now: EpochMs): EpochMs {
    if (this.#speed.kind === 'fast') return epochMsOf(Number.POSITIVE_INFINITY);
    const stepMs = Math.max(0, Math.min(longestStepMs, now - this.#asOf));
    this.#asOf = now;
    this.#simulated = epochMsOf(this.#simulated + stepMs * this.#speed.factor);
    return this.#simulated;
  }

  /** How long until an event time is due, ms. */
  untilDueMs(at: EpochMs): number {
    return this.#speed.kind === 'fast' ? 0 : Math.max(0, (at - this.#simulated) / this.#speed.factor);
  }

  /** What is due at `at` is held back: time does not pass beyond it, so that it never comes in a bunch. */
  heldAt(at: EpochMs): void {
    this.#simulated = epochMsOf(Math.min(this.#simulated, at));
  }
}
