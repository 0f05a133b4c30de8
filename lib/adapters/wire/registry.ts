import { messageOf, PermanentRecordError, TransientError } from '../../core/errors.ts';

/** A schema as the registry answers with it. */
interface RegisteredSchema {
  /** `AVRO`, `PROTOBUF`, `JSON`. */
  readonly type: string;
  readonly text: string;
  readonly references: readonly Reference[];
}

interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema with everything that it refers to. */
export interface CompleteSchema {
  readonly id: number;
  readonly type: string;
  readonly text: string;
  /** Each after those that it refers to itself. The name is a type's (Avro), or the path of an import (Protobuf). */
  readonly references: readonly { readonly name: string; readonly text: string }[];
}

export interface SchemaRegistry {
  /**
   * @throws {PermanentRecordError} `UNKNOWN_SCHEMA` where the registry says that it has no such schema
   * @throws {TransientError} `REGISTRY_UNAVAILABLE` for anything else that is no schema: it says nothing of the record
   */
  schema(id: number, signal: AbortSignal): Promise<CompleteSchema>;
}

/** The API's own codes: 404 and two digits more. */
const notFoundCodes = { from: 40_400, to: 40_499 } as const;

const accept = 'application/vnd.schemaregistry.v1+json, application/json';

/** A schema that refers to more was not written by hand. */
const mostReferences = 200;

/**
 * A schema registry with Confluent's REST API.
 *
 * A 404 counts only with the API's own error code: a proxy that knows no such path must not turn records into dead letters.
 * Redirects are not followed. A connection that breaks is tried once more: one that was frozen with its function may be dead.
 *
 * @param address - its base URL; a user and password in it are sent as Basic authentication
 * @see Confluent Platform, "Schema Registry API Reference": `GET /schemas/ids/{id}`, `GET /subjects/{subject}/versions/{version}`
 */
export const openRegistry = (address: string): SchemaRegistry => {
  const url = new URL(address);
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  const { username, password } = url;
  const headers = {
    accept,
    ...(username === '' && password === ''
      ? {}
      : {
          authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
        }),
  };

  const answerOf = async (path: string, signal: AbortSignal): Promise<Response> => {
    const ask = (): Promise<Response> => fetch(`${base}${path}`, { headers, signal, redirect: 'manual' });
    try {
      return await ask().catch((thrown: unknown) => {
        if (signal.aborted) throw thrown;
        return ask();
      });
    } catch (cause) {
      throw unavailable(path, signal.aborted ? 'no answer in time' : failureOf(cause), cause);
    }
  };

  const get = async (path: string, signal: AbortSignal): Promise<RegisteredSchema> => {
    const response = await answerOf(path, signal);
    const body = await response.text().catch((cause: unknown) => {
      throw unavailable(path, signal.aborted ? 'no whole answer in time' : 'an answer that broke off', cause);
    });
    const answer = jsonOf(body);
    if (response.status === 404 && isNotFound(answer))
      throw new PermanentRecordError('UNKNOWN_SCHEMA', {
        message: `the schema registry has no ${path}; is it the registry that the producer registered it with?`,
      });
    if (response.status !== 200) throw unavailable(path, `status ${response.status}`);
    const schema = schemaOf(answer);
    if (schema === undefined) throw unavailable(path, 'an answer that is no schema');
    return schema;
  };

  return {
    schema: async (id, signal) => {
      const { type, text, references } = await get(`/schemas/ids/${id}`, signal);
      const seen = new Set<string>();
      const complete: { readonly name: string; readonly text: string }[] = [];
      // One after the other: each must stand behind what it refers to, and schemas with many are rare.
      const collect = async (list: readonly Reference[]): Promise<void> => {
        for (const { name, subject, version } of list) {
          const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
          if (seen.has(path)) continue;
          seen.add(path);
          if (seen.size > mostReferences)
            throw new PermanentRecordError('VALUE_UNDECODABLE', {
              message: `schema ${id} refers to more than ${mostReferences} others`,
            });
          const referenced = await get(path, signal);
          await collect(referenced.references);
          complete.push({ name, text: referenced.text });
        }
      };
      await collect(references);
      return { id, type, text, references: complete };
    },
  };
};

const unavailable = (path: string, got: string, cause?: unknown): TransientError =>
  new TransientError('REGISTRY_UNAVAILABLE', {
    message: `the schema registry did not answer ${path}: got ${got}; expected a schema. Fix: look after the registry, or after FRESHET_REGISTRY`,
    cause,
  });

/** `fetch` says only that it failed; what happened stands in its cause. */
const failureOf = (thrown: unknown): string =>
  thrown instanceof Error && thrown.cause instanceof Error ? messageOf(thrown.cause) : messageOf(thrown);

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNotFound = (answer: unknown): boolean => {
  const code = isPlain(answer) ? answer['error_code'] : undefined;
  return typeof code === 'number' && code >= notFoundCodes.from && code <= notFoundCodes.to;
};

const schemaOf = (answer: unknown): RegisteredSchema | undefined => {
  if (!isPlain(answer)) return undefined;
  // Avro came first: it alone is not named.
  const { schema, schemaType = 'AVRO', references = [] } = answer;
  if (typeof schema !== 'string' || typeof schemaType !== 'string' || !Array.isArray(references))
    return undefined;
  const list = references.flatMap((each: unknown) => referenceOf(each) ?? []);
  return list.length === references.length ? { type: schemaType, text: schema, references: list } : undefined;
};

const referenceOf = (value: unknown): Reference | undefined => {
  if (!isPlain(value)) return undefined;
  const { name, subject, version } = value;
  return typeof name === 'string' && typeof subject === 'string' && typeof version === 'number'
    ? { name, subject, version }
    : undefined;
};
