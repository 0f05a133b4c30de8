import { ConfigError } from '../../core/errors.ts';
import { fullDiskIn } from '../../local/disk-full.ts';

/** What was thrown; where there was no room for something, an error that says so. */
export const toldAsDiskFull = (thrown: unknown): unknown => {
  const found = fullDiskIn(thrown);
  return found === undefined
    ? thrown
    : new ConfigError('DISK_FULL', {
        message: 'There is no room on the disk.',
        problems: [
          {
            path: '--state',
            got: `"${found.message}"`,
            expected: 'room for the state of the run',
            fix: 'free some and call it again, or name a folder on another disk with `--state`; what was acknowledged is kept',
          },
        ],
        cause: thrown,
      });
};
