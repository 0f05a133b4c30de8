import { Ajv, type Options } from 'ajv';
import addFormats from 'ajv-formats';
import type { TSchema } from 'typebox';
import { ConfigError, messageOf } from '../../core/errors.ts';

/**
 * Ajv as every schema of a contract is compiled, at run time or into standalone code: strict, no coercion, no defaults, so that
 * a value is judged and never changed. One instance for each schema: two schemas may use one `$id`.
 */
export const schemaCompiler = (code?: Options['code']): Ajv => {
  const ajv = new Ajv({ strict: true, allErrors: true, validateFormats: true, ...(code ? { code } : {}) });
  addFormats.default(ajv);
  return ajv;
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
