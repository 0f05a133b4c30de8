import type { Clock } from '../../core/ports/clock.ts';
import { Measurements, type Quantiles } from './quantiles.ts';

/** So far back "lately" looks, ms. */
export const latelyMs = 30_000;

/** What was measured lately, ms, in a ring: what it takes of memory and of time is the same however many have come. */
export class RecentMeasurements {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #ring: Float64Array;
  /** When each of the ring came, Unix ms. */
  readonly #times: Float64Array;
  #added = 0;

  /** @param size - how many are kept */
  constructor(size: number, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#ring = new Float64Array(size);
    this.#times = new Float64Array(size);
  }

  /** How many have come so far. */
  get added(): number {
    return this.#added;
  }

  add(ms: number): void {
    const slot = this.#added % this.#ring.length;
    this.#ring[slot] = ms;
    this.#times[slot] = this.#clock.now();
    this.#added += 1;
  }

  /** Of the newest `count` that came lately, or of as many as are kept; `null` where that is none. */
  quantiles(count = this.#ring.length): Quantiles | null {
    const since = this.#clock.now() - latelyMs;
    const newest = new Measurements();
    const kept = Math.min(count, this.#added, this.#ring.length);
    for (let back = 1; back <= kept; back += 1) {
      const slot = (this.#added - back) % this.#ring.length;
      if ((this.#times[slot] ?? 0) < since) break;
      newest.add(this.#ring[slot] ?? 0);
    }
    return newest.quantiles;
  }
}
