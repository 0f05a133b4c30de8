import { failureCodeOf } from '../core/errors.ts';
import { fullDiskIn } from './disk-full.ts';
import { placeOf } from '../core/thrown-at.ts';

/** What was thrown, as it crosses the border of a worker thread. */
export interface ThrownError {
  readonly errorType: string;
  readonly message: string;
  /** Its own code, or the name of its class; `DISK_FULL` where that is why. */
  readonly code: string;
  /** Where the code of the pipeline threw it, from the project's root; `undefined` where that is not known. */
  readonly at: string | undefined;
}

/**
 * Anything can be thrown, or come out of a thread.
 *
 * @param folder - of the bundle that threw it: its source maps name sources from there
 */
export const thrownError = (thrown: unknown, folder: string): ThrownError => ({
  ...(thrown instanceof Error
    ? { errorType: thrown.name, message: thrown.message }
    : { errorType: typeof thrown, message: String(thrown) }),
  code: fullDiskIn(thrown) === undefined ? failureCodeOf(thrown) : 'DISK_FULL',
  at: placeOf(thrown, folder),
});
