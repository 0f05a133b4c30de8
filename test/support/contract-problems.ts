import type { AnyTriggerOptions } from '../../lib/core/contract/options.ts';
import { resolveContract } from '../../lib/core/contract/resolve.ts';
import { ConfigError, type Problem } from '../../lib/core/errors.ts';

/** Everything that a contract is refused for, whatever its types; nothing where it is taken. */
export const problemsOf = (options: unknown): readonly Problem[] => {
  try {
    resolveContract(options as AnyTriggerOptions);
  } catch (thrown) {
    if (thrown instanceof ConfigError && thrown.code === 'CONTRACT_INVALID') return thrown.problems;
    throw thrown;
  }
  return [];
};
