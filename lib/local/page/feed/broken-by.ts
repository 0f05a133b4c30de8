import { latelyMs } from '../../report/recent-measurements.ts';

/** Which segment broke the target most often lately, from counts that only grow. */
export class BrokenBy {
  readonly #samples: { readonly at: number; readonly counts: ReadonlyMap<string, number> }[] = [];

  /** @returns stage and segment as `features.receive`; `null`: the target was kept */
  add(at: number, counts: ReadonlyMap<string, number>): string | null {
    const last = this.#samples.at(-1);
    if (last === undefined || at - last.at >= 1_000) this.#samples.push({ at, counts: new Map(counts) });
    while ((this.#samples[1]?.at ?? at) <= at - latelyMs) this.#samples.shift();
    const before = this.#samples[0]?.counts;
    let most: string | null = null;
    let mostCount = 0;
    for (const [segment, count] of counts) {
      const lately = count - (before?.get(segment) ?? 0);
      if (lately <= mostCount) continue;
      most = segment;
      mostCount = lately;
    }
    return most;
  }
}
