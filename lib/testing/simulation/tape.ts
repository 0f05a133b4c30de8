/** The choices of one schedule: numbers that fast-check generates, shrinks and replays. 0 is always the harmless choice. */
export class Tape {
  readonly #choices: readonly number[];
  #next = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** A number from 0 to `count − 1`; 0 once the tape has ended. */
  pick(count: number): number {
    if (count <= 1) return 0;
    const choice = this.#choices[this.#next] ?? 0;
    this.#next += 1;
    return choice % count;
  }

  /** True about once in `outOf` times, and never once the tape has ended. */
  chance(outOf: number): boolean {
    return this.pick(outOf) === outOf - 1;
  }

  /** Choices that are left. */
  get left(): number {
    return Math.max(0, this.#choices.length - this.#next);
  }

  get ended(): boolean {
    return this.#next >= this.#choices.length;
  }
}
