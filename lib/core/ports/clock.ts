import type { EpochMs } from '../units.ts';

/** Wall clock. Safety never depends on it: every completion checks the owner, every fence the offset. */
export interface Clock {
  now(): EpochMs;
  /** Resolves after at least `ms`. */
  sleep(ms: number): Promise<void>;
}

export interface Random {
  /** A token nobody else has: the owner of one claim. */
  token(): string;
}
