import { compiledValidators } from '../adapters/schemas/compiled-validators.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import type { Validators } from '../core/ports/stage-ports.ts';

/**
 * The validators of a contract, compiled here and now.
 *
 * Bundles never contain this module: the bundler puts code in its place that was generated from the contract
 * (lib/build/validators-plugin.ts), so that a function compiles nothing at start.
 *
 * @throws {ConfigError} `CONTRACT_INVALID` for a schema that cannot be compiled
 */
export const validatorsOf = (contract: ResolvedContract): Validators => compiledValidators(contract);
