import type { CommandContext } from '../command.ts';

/** Ctrl-C once: finish and report. Twice: stop at once. */
export class Interrupts {
  readonly #first = Promise.withResolvers<void>();
  readonly #second = Promise.withResolvers<void>();
  readonly #release: () => void;
  #count = 0;

  constructor(onInterrupt: CommandContext['onInterrupt']) {
    this.#release = onInterrupt((count) => {
      this.#count = count;
      if (count === 1) this.#first.resolve();
      else this.#second.resolve();
    });
  }

  get isInterrupted(): boolean {
    return this.#count > 0;
  }

  get first(): Promise<void> {
    return this.#first.promise;
  }

  get second(): Promise<void> {
    return this.#second.promise;
  }

  release(): void {
    this.#release();
  }
}
