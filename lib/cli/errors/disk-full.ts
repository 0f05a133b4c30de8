import { ConfigError, type Problem } from '../../core/errors.ts';
import { fullDiskIn } from '../../local/disk-full.ts';

const ofState = {
  path: '--state',
  expected: 'room there for the state of the run, and for temporary files in TMPDIR',
  fix: 'free some and call it again, or name folders on another disk, with `--state` and with TMPDIR; what was acknowledged is kept',
};
const ofOthers = { path: 'disk', expected: 'room for what is written', fix: 'free some and call it again' };

const problemsOf = (thrown: unknown, { message }: Error, state: string | undefined): readonly Problem[] => {
  const got = `"${message}"`;
  if (state !== undefined) return [{ ...ofState, got: `${got}, with the state in ${state}` }];
  return thrown instanceof ConfigError && thrown.problems.length > 0
    ? thrown.problems
    : [{ ...ofOthers, got }];
};

/**
 * What was thrown; where there was no room for something, an error that says so.
 *
 * @param state - the state folder of the command that threw it, as it was named; `undefined` where it keeps none
 */
export const toldAsDiskFull = (thrown: unknown, state: string | undefined): unknown => {
  const found = fullDiskIn(thrown);
  return found === undefined
    ? thrown
    : new ConfigError('DISK_FULL', {
        message: 'There is no room on the disk.',
        problems: problemsOf(thrown, found, state),
        cause: thrown,
      });
};
