/** So far back a rate looks, ms. */
const windowMs = 5_000;

/** How fast a total has grown lately. */
export class Rate {
  readonly #samples: { readonly at: number; readonly total: number }[] = [];

  /**
   * @param at - ms
   * @returns growth per second over the last few seconds; 0 at first
   */
  add(at: number, total: number): number {
    this.#samples.push({ at, total });
    // The one before the window stays: it is what the window began with.
    while ((this.#samples[1]?.at ?? at) <= at - windowMs) this.#samples.shift();
    const [first] = this.#samples;
    if (first === undefined || at <= first.at) return 0;
    return Math.max(0, ((total - first.total) * 1_000) / (at - first.at));
  }
}
