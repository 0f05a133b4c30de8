import { Measurements, type Quantiles } from './quantiles.ts';

/** The newest measurements, ms, in a ring: what it takes of memory and of time is the same however many have come. */
export class RecentMeasurements {
  readonly #ring: Float64Array;
  #added = 0;

  /** @param size - how many are kept */
  constructor(size: number) {
    this.#ring = new Float64Array(size);
  }

  /** How many have come so far. */
  get added(): number {
    return this.#added;
  }

  add(ms: number): void {
    this.#ring[this.#added % this.#ring.length] = ms;
    this.#added += 1;
  }

  /** Of the newest `count`, or of as many as are kept; `null` where that is none. */
  quantiles(count = this.#ring.length): Quantiles | null {
    const newest = new Measurements();
    const kept = Math.min(count, this.#added, this.#ring.length);
    for (let back = 1; back <= kept; back += 1)
      newest.add(this.#ring[(this.#added - back) % this.#ring.length] ?? 0);
    return newest.quantiles;
  }
}
