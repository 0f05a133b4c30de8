import { formatMessages, type BuildFailure } from 'esbuild';
import { ConfigError, messageOf } from '../core/errors.ts';

const isBuildFailure = (thrown: unknown): thrown is BuildFailure =>
  thrown instanceof Error && 'errors' in thrown && Array.isArray(thrown.errors);

/** What the bundler found, with the place and the line of each, as a ConfigError `BUILD_FAILED`. */
export const buildFailed = async (stage: string, thrown: unknown): Promise<ConfigError> => {
  if (thrown instanceof ConfigError) return thrown;
  const details = isBuildFailure(thrown)
    ? (await formatMessages(thrown.errors, { kind: 'error', color: false }))
        .map((text) => text.trimEnd())
        .join('\n')
    : messageOf(thrown);
  return new ConfigError('BUILD_FAILED', {
    message: `${stage} cannot be bundled:\n${details}`,
    cause: thrown,
  });
};
