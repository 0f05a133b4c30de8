import type { EpochMs } from '../units.ts';

/** A running timer. */
export interface Timer {
  readonly elapsed: Promise<void>;
  /** Lets go of it: `elapsed` then never resolves. */
  cancel(): void;
}

/** Wall clock. Safety never depends on it: every completion checks the owner, every fence the offset. */
export interface Clock {
  now(): EpochMs;
  timer(ms: number): Timer;
}

export interface Random {
  /** A token nobody else has: the owner of one claim. */
  token(): string;
}
