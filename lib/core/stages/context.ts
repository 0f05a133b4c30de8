import type { ResolvedContext, ResolvedContract } from '../contract/resolved.ts';
import { ConfigError } from '../errors.ts';

/** The engine's own stage that writes a context's observations; nobody writes it by hand. */
export interface ContextStage {
  readonly kind: 'context';
  readonly contract: ResolvedContract;
  readonly context: string;
  readonly definition: ResolvedContext;
}

/** @throws {ConfigError} `CONTRACT_INVALID` where the contract has no context of that name */
export const contextStage = (contract: ResolvedContract, context: string): ContextStage => {
  const definition = contract.context[context];
  if (!definition)
    throw new ConfigError('CONTRACT_INVALID', {
      message: `no context "${context}" in ${contract.pipeline}; it has: ${Object.keys(contract.context).join(', ') || 'none'}`,
    });
  return { kind: 'context', contract, context, definition };
};
