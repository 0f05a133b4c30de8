import type { TSchema } from 'typebox';
import type { ResolvedContract } from '../../core/contract/resolved.ts';
import type { Validator, Validators } from '../../core/ports/stage-ports.ts';
import { validatorsFrom } from './contract-schemas.ts';
import { compileSchema, plainSchema, schemaRefused } from './schema-compiler.ts';
import { spelledNames, validatorOf } from './schema-issues.ts';

// A contract is one object for the life of a process: its schemas are compiled once, however many stages ask.
const compiled = new WeakMap<TSchema, Validator>();

/**
 * @param path - where the schema stands, for the message
 * @throws {ConfigError} `CONTRACT_INVALID` for a schema that cannot be compiled
 */
export const compiledValidator = (schema: TSchema, path: string): Validator => {
  const known = compiled.get(schema);
  if (known) return known;
  try {
    const plain = plainSchema(schema);
    const validator = validatorOf(compileSchema(plain).validate, spelledNames(plain));
    compiled.set(schema, validator);
    return validator;
  } catch (cause) {
    throw schemaRefused(path, cause);
  }
};

/**
 * The validators of a contract, compiled here and now.
 *
 * @throws {ConfigError} `CONTRACT_INVALID` for a schema that cannot be compiled
 */
export const compiledValidators = (contract: ResolvedContract): Validators =>
  validatorsFrom(contract, compiledValidator);
