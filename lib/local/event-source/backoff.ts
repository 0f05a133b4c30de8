import type { EpochMs } from '../../core/units.ts';
import type { Backoff } from './mapping.ts';

/** When to try again after so many failures in a row, 1 at least. */
export const retryAt = (now: EpochMs, { firstMs, maxMs }: Backoff, failures: number): EpochMs =>
  (now + Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30))) as EpochMs;
