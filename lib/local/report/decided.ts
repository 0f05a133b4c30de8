import { hash } from 'node:crypto';
import type { JudgedDecision } from './quality.ts';

/** What its quality needs of a decision. */
export interface Decided {
  readonly score: number;
  /** Whether it led to an effect. */
  readonly acted: boolean;
  /** What really followed; `undefined`: the recording does not say. */
  readonly positive: boolean | undefined;
}

const acted = 1;
const known = 2;
const positive = 4;

const firstSlots = 1_024;

/**
 * Every decision of a run, by its identity: one that was emitted twice counts once, however long after. There are as many as
 * were ever made, so of each no more is kept than numbers: 34 to 68 bytes, as the slots are doubled when half of them are taken.
 *
 * Of the identity that is 52 bits of its SHA-1: of a million decisions two share them once in ten thousand runs, and then one of
 * the two is not counted.
 */
export class DecidedBook {
  /** 0: free. */
  #ids = new Float64Array(firstSlots);
  /** NaN: a decision without a score. */
  #scores = new Float64Array(firstSlots);
  #facts = new Uint8Array(firstSlots);
  #size = 0;

  /** Distinct ones. */
  get size(): number {
    return this.#size;
  }

  has(identity: string): boolean {
    return this.#ids[this.#slotOf(numberOf(identity))] !== 0;
  }

  /** @param decided - `undefined`: it has no score, and is only counted */
  set(identity: string, decided: Decided | undefined): void {
    if ((this.#size + 1) * 2 > this.#ids.length) this.#grow();
    const id = numberOf(identity);
    const slot = this.#slotOf(id);
    if (this.#ids[slot] === 0) this.#size += 1;
    this.#ids[slot] = id;
    this.#scores[slot] = decided?.score ?? Number.NaN;
    this.#facts[slot] =
      (decided?.acted ? acted : 0) |
      (decided?.positive === undefined ? 0 : known) |
      (decided?.positive ? positive : 0);
  }

  /** `undefined` where there is no such decision, or it has no score. */
  scoreOf(identity: string): number | undefined {
    const slot = this.#slotOf(numberOf(identity));
    const score = this.#scores[slot];
    return this.#ids[slot] === 0 || score === undefined || Number.isNaN(score) ? undefined : score;
  }

  /** Those with a score whose event has a recorded outcome. */
  *judged(): Generator<JudgedDecision> {
    for (const [slot, score] of this.#scores.entries()) {
      const facts = this.#facts[slot] ?? 0;
      if ((facts & known) !== 0 && !Number.isNaN(score))
        yield { score, acted: (facts & acted) !== 0, positive: (facts & positive) !== 0 };
    }
  }

  /** Where it is, or where it belongs. */
  #slotOf(id: number): number {
    const slots = this.#ids.length;
    let slot = id % slots;
    while (this.#ids[slot] !== 0 && this.#ids[slot] !== id) slot = (slot + 1) % slots;
    return slot;
  }

  #grow(): void {
    const before = { ids: this.#ids, scores: this.#scores, facts: this.#facts };
    const slots = before.ids.length * 2;
    this.#ids = new Float64Array(slots);
    this.#scores = new Float64Array(slots);
    this.#facts = new Uint8Array(slots);
    for (const [from, id] of before.ids.entries()) {
      if (id === 0) continue;
      const to = this.#slotOf(id);
      this.#ids[to] = id;
      this.#scores[to] = before.scores[from] ?? Number.NaN;
      this.#facts[to] = before.facts[from] ?? 0;
    }
  }
}

/** From 1 to 2^52. */
const numberOf = (identity: string): number => {
  const digest = hash('sha1', identity, 'buffer');
  return digest.readUIntBE(0, 6) * 16 + ((digest[6] ?? 0) & 15) + 1;
};
