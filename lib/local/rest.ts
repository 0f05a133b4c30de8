import type { Clock } from '../core/ports/clock.ts';

/**
 * The rests of a loop that is ended from outside.
 *
 * Each has a promise of its own. `Promise.race` with one that is resolved in the end would leave there something of every turn,
 * for as long as the loop goes on.
 */
export class Rest {
  readonly #clock: Pick<Clock, 'timer'>;
  #isOver = false;
  #cut: () => void = () => {};

  constructor(clock: Pick<Clock, 'timer'>) {
    this.#clock = clock;
  }

  /** Whether the loop is to end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits so long, and no longer than to the end. */
  async take(ms: number): Promise<void> {
    if (this.#isOver) return;
    const timer = this.#clock.timer(ms);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#cut = resolve;
    await Promise.race([promise, timer.elapsed]);
    timer.cancel();
  }

  /** Cuts short the rest that is taken, and every later one. */
  end(): void {
    this.#isOver = true;
    this.#cut();
  }
}
