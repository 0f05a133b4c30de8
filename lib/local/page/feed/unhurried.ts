import type { Clock } from '../../../core/ports/clock.ts';

/** Share of the time that may go into finding it out. */
const mostShare = 1 / 20;

/** Something that takes the longer to find out the more there is: it is asked for so seldom that it takes a small share of the time. */
export class Unhurried<Value> {
  readonly #find: () => Promise<Value>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #leastMs: number;
  #found: Promise<Value> | undefined;
  #dueAt = 0;

  /** @param leastMs - it is never asked for again sooner than this */
  constructor(find: () => Promise<Value>, leastMs: number, clock: Pick<Clock, 'now'>) {
    this.#find = find;
    this.#leastMs = leastMs;
    this.#clock = clock;
  }

  /** As it was found last. Where it cannot be found, the next one asks again. */
  async value(): Promise<Value> {
    const begunAt = this.#clock.now();
    if (this.#found !== undefined && begunAt < this.#dueAt) return this.#found;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const finding = this.#find();
    this.#found = finding;
    try {
      return await finding;
    } catch (thrown) {
      this.#found = undefined;
      throw thrown;
    } finally {
      const now = this.#clock.now();
      this.#dueAt = now + Math.max(this.#leastMs, (now - begunAt) / mostShare);
    }
  }
}
