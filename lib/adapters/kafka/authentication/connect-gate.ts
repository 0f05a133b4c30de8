import type { Clock } from '../../../core/ports/clock.ts';

const leastWaitMs = 1_000;
const mostWaitMs = 4_000;

/**
 * Holds connections back from a broker that did not let the last one in: for 1 to 2 s, after more failures for up to 4 s, and
 * never for two callers the same, so that functions which were turned away together do not come back together.
 *
 * Brokers of MSK's type t3 accept 4 connections a second with IAM, others 100; AWS asks for a second at least between tries.
 *
 * @see Amazon MSK developer guide, "Amazon MSK quota"
 */
export class ConnectGate {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #failures = new Map<string, { readonly count: number; readonly atMs: number }>();

  /** @param random - from 0, included, to 1, excluded */
  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Resolves when a connection may be tried. */
  async pass(address: string): Promise<void> {
    const failure = this.#failures.get(address);
    if (!failure) return;
    const longestMs = Math.min(mostWaitMs, leastWaitMs * 2 ** failure.count);
    const waitMs = longestMs / 2 + (this.#random() * longestMs) / 2;
    const leftMs = failure.atMs + waitMs - this.#clock.now();
    if (leftMs > 0) await this.#clock.timer(Math.ceil(leftMs)).elapsed;
  }

  opened(address: string): void {
    this.#failures.delete(address);
  }

  failed(address: string): void {
    const count = (this.#failures.get(address)?.count ?? 0) + 1;
    this.#failures.set(address, { count, atMs: this.#clock.now() });
  }
}
