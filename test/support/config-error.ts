import { ConfigError } from '../../lib/core/errors.ts';

/** The ConfigError that a call ends with; any other end of it is the test's failure. */
export const configErrorOf = (call: () => unknown): ConfigError => {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new Error('expected a ConfigError, and the call returned');
};
