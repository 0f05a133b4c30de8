import { formatMessages, type BuildFailure } from 'esbuild';
import { ConfigError, messageOf, type ErrorCode, type Problem } from '../core/errors.ts';

const isBuildFailure = (thrown: unknown): thrown is BuildFailure =>
  thrown instanceof Error && 'errors' in thrown && Array.isArray(thrown.errors);

/** A ConfigError that a bundle threw: of the class that the bundle has of its own, which is not this one. */
const isOfBundle = (
  thrown: unknown,
): thrown is Error & { readonly code: ErrorCode; readonly problems: readonly Problem[] } =>
  thrown instanceof Error && 'code' in thrown && 'problems' in thrown && Array.isArray(thrown.problems);

/** What the bundler found, with the place and the line of each, as a ConfigError `BUILD_FAILED`; a ConfigError stays what it is. */
export const buildFailed = async (stage: string, thrown: unknown): Promise<ConfigError> => {
  if (thrown instanceof ConfigError) return thrown;
  // Its message lists its problems already.
  if (isOfBundle(thrown)) return new ConfigError(thrown.code, { message: thrown.message, cause: thrown });
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
