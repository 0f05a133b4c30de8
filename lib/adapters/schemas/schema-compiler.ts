import { Ajv, type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { TSchema } from 'typebox';
import { ConfigError, messageOf } from '../../core/errors.ts';

let metaSchema: Ajv | undefined;

/** A schema compiled, and the instance that has done it. */
export interface CompiledSchema {
  readonly ajv: Ajv;
  readonly validate: ValidateFunction;
}

/**
 * Ajv as every schema of a contract is compiled, at run time or into standalone code: strict, no coercion, no defaults, so that
 * a value is judged and never changed. One instance for each schema: two schemas may use one `$id`. The schema of schemas is
 * compiled once for all of them, for it takes longer than most.
 *
 * @throws {Error} for what is no schema, and for what strict mode does not take
 */
export const compileSchema = (schema: object, code?: Options['code']): CompiledSchema => {
  // Its code runs a few times: to make it better takes longer than that saves.
  metaSchema ??= new Ajv({ code: { optimize: false } });
  // Throws at once, for the schema of schemas waits for nothing.
  void metaSchema.validateSchema(schema, true);
  const ajv = new Ajv({
    strict: true,
    allErrors: true,
    validateFormats: true,
    meta: false,
    validateSchema: false,
    ...(code ? { code } : {}),
  });
  addFormats.default(ajv);
  return { ajv, validate: ajv.compile(schema) };
};

/** The schema as JSON: TypeBox's own marks are left out. */
export const plainSchema = (schema: TSchema): object => JSON.parse(JSON.stringify(schema)) as object;

/** @param path - where the schema stands in the contract: `source.events.boarding` */
export const schemaRefused = (path: string, cause: unknown): ConfigError =>
  new ConfigError('CONTRACT_INVALID', {
    message: 'a schema cannot be compiled:',
    problems: [
      {
        path,
        got: messageOf(cause),
        expected: 'a JSON Schema (draft 7) that Ajv takes in strict mode',
        fix: 'build it from Type.* of typebox, with a format of ajv-formats',
      },
    ],
    cause,
  });
