import { messageOf, PermanentRecordError } from '../../core/errors.ts';
import type { DecodedValue, ValueDecoder } from '../../core/ports/value-decoder.ts';
import { framingOf, type Framed } from './framing.ts';
import { jsonValue } from './json-values.ts';
import type { CompleteSchema, SchemaRegistry } from './registry.ts';

/** Makes data of bytes. @throws {PermanentRecordError} `VALUE_UNDECODABLE`, or whatever its library throws */
export type Decode = (payload: Uint8Array) => unknown;

/** What reads the values of one format. */
export interface SchemaLibrary {
  /** As the registry names it. */
  readonly schemaType: string;
  /** @throws {Error} for a schema that it cannot use; its message may name what stands in the schema */
  compile(schema: CompleteSchema): Decode;
}

/** What is known of a schema. */
type Known =
  | { readonly kind: 'usable'; readonly decode: Decode }
  | { readonly kind: 'refused'; readonly answer: DecodedValue }
  | { readonly kind: 'unavailable'; readonly message: string };

/** Longest time for all lookups of a batch: what needs none must still be worked on. */
const lookupsMs = 5_000;
/** Lookups at a time. Values that are no such values name schemas at random: they must not open a connection each. */
const lookupsAtATime = 16;
/** Compiled schemas that are kept, the latest used. */
const mostKept = 500;
/** A library's message may quote a whole schema. */
const longestReason = 200;

const refuse = (reason: 'unknown-schema' | 'undecodable', message: string): DecodedValue => ({
  kind: 'refused',
  reason,
  message,
});

/**
 * Values in a format that needs the registry's schemas.
 *
 * A schema is asked for once, however many values name it, and kept: its id never means another one. What the registry does not
 * have is asked for again by the next batch. A value without a header is taken for JSON: a mapping with a schema registry of its
 * own has decoded it, or the local player wrote it.
 *
 * @param registry - `undefined`: there is none, and only what comes as JSON is taken
 */
export const registryValues = (registry: SchemaRegistry | undefined, library: SchemaLibrary): ValueDecoder =>
  new RegistryValues(registry, library);

class RegistryValues implements ValueDecoder {
  readonly #registry: SchemaRegistry | undefined;
  readonly #library: SchemaLibrary;
  /** In the order of their use. */
  readonly #kept = new Map<number, Known>();
  readonly #underWay = new Map<number, Promise<Known>>();

  constructor(registry: SchemaRegistry | undefined, library: SchemaLibrary) {
    this.#registry = registry;
    this.#library = library;
  }

  async decode(values: readonly Uint8Array[], timeoutMs: number): Promise<readonly DecodedValue[]> {
    const framed = values.map(framingOf);
    const ids = new Set(framed.flatMap((each) => (each?.registry === 'confluent' ? [each.schema] : [])));
    const known = await this.#known([...ids], AbortSignal.timeout(Math.min(lookupsMs, timeoutMs)));
    return values.map((value, index) => {
      const header = framed[index];
      return header ? decoded(header, known) : unframed(value);
    });
  }

  async #known(ids: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, Known>> {
    const known = new Map<number, Known>();
    const queue = ids.values();
    const work = async (): Promise<void> => {
      for (const id of queue) known.set(id, await this.#of(id, signal));
    };
    await Promise.all(Array.from({ length: Math.min(lookupsAtATime, ids.length) }, work));
    return known;
  }

  async #of(id: number, signal: AbortSignal): Promise<Known> {
    const kept = this.#kept.get(id);
    if (kept) {
      this.#keep(id, kept);
      return kept;
    }
    const underWay = this.#underWay.get(id);
    if (underWay) return underWay;
    const lookup = this.#lookUp(id, signal).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, lookup);
    return lookup;
  }

  async #lookUp(id: number, signal: AbortSignal): Promise<Known> {
    if (!this.#registry)
      return {
        kind: 'refused',
        answer: refuse(
          'unknown-schema',
          `the value names schema ${id}, and FRESHET_REGISTRY is "none"; write the registry's address there`,
        ),
      };
    if (signal.aborted)
      return { kind: 'unavailable', message: 'no time was left to ask the schema registry' };
    try {
      const schema = await this.#registry.schema(id, signal);
      const known = this.#compiled(schema);
      this.#keep(id, known);
      return known;
    } catch (thrown) {
      if (!(thrown instanceof PermanentRecordError))
        return { kind: 'unavailable', message: messageOf(thrown) };
      const reason = thrown.code === 'UNKNOWN_SCHEMA' ? 'unknown-schema' : 'undecodable';
      return { kind: 'refused', answer: refuse(reason, thrown.message) };
    }
  }

  #compiled(schema: CompleteSchema): Known {
    const { schemaType } = this.#library;
    const unusable = (message: string): Known => ({
      kind: 'refused',
      answer: refuse('undecodable', message),
    });
    if (schema.type !== schemaType)
      return unusable(
        `schema ${schema.id} is of type ${schema.type}, and the contract's format needs ${schemaType}`,
      );
    try {
      return { kind: 'usable', decode: this.#library.compile(schema) };
    } catch (thrown) {
      return unusable(`schema ${schema.id} cannot be used: ${messageOf(thrown).slice(0, longestReason)}`);
    }
  }

  #keep(id: number, known: Known): void {
    this.#kept.delete(id);
    this.#kept.set(id, known);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

const unframed = (value: Uint8Array): DecodedValue => {
  const json = jsonValue(value);
  return json.kind === 'data'
    ? json
    : refuse(
        'undecodable',
        "the value has no schema registry's header and is not JSON either; a mapping with a schema registry must deliver JSON",
      );
};

const decoded = (framed: Framed, known: ReadonlyMap<number, Known>): DecodedValue => {
  if (framed.registry === 'glue')
    return refuse(
      'unknown-schema',
      `the value names schema ${framed.schema} of AWS Glue, which has another API; let the mapping's schema registry decode it to JSON`,
    );
  const schema = known.get(framed.schema);
  switch (schema?.kind) {
    case undefined:
      return { kind: 'unavailable', message: `schema ${framed.schema} was not looked up` };
    case 'unavailable':
      return schema;
    case 'refused':
      return schema.answer;
    case 'usable':
      try {
        return { kind: 'data', data: schema.decode(framed.payload) };
      } catch (thrown) {
        // A library may quote the bytes it stumbles over: only our own errors are known not to.
        const why = thrown instanceof PermanentRecordError ? `: ${thrown.message}` : '';
        return refuse('undecodable', `the bytes are not of schema ${framed.schema}${why}`);
      }
  }
};
