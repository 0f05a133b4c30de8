import { ConfigError } from '../../core/errors.ts';

/** A state folder that cannot be used, in the three parts a reader needs. */
export const invalidFolder = (
  problem: { readonly got: string; readonly expected: string; readonly fix: string },
  cause?: unknown,
): ConfigError =>
  new ConfigError('STATE_FOLDER_INVALID', {
    message: 'The state folder cannot be used.',
    problems: [{ path: '--state', ...problem }],
    cause,
  });
