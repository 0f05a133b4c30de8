/** Where most of a number of measurements are. Milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Measurements in whole milliseconds, exactly: how often each value came. Its size is that of the distinct values, however
 * long it runs.
 */
export class Measurements {
  readonly #counts = new Map<number, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const value = Math.round(ms);
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.#count += 1;
  }

  /** Nearest rank; `null` where nothing was measured. */
  get quantiles(): Quantiles | null {
    if (this.#count === 0) return null;
    const sorted = [...this.#counts].toSorted(([one], [other]) => one - other);
    const at = (share: number): number => {
      let left = Math.max(1, Math.ceil(share * this.#count));
      for (const [value, count] of sorted) {
        left -= count;
        if (left <= 0) return value;
      }
      return sorted.at(-1)?.[0] ?? 0;
    };
    return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1)?.[0] ?? 0 };
  }
}
