import type { ValueDecoder } from '../../core/ports/value-decoder.ts';
import { avroJson } from './avro-json.ts';
import { avroType } from './avro-types.ts';
import { registryValues, type Decode, type SchemaLibrary } from './registry-values.ts';
import { openRegistry, type CompleteSchema } from './registry.ts';

/**
 * Avro's binary encoding, by the schema of the writer; what a reader expects is the contract's to say.
 *
 * @see Apache Avro specification, "Binary Encoding"
 */
export const avroLibrary: SchemaLibrary = {
  schemaType: 'AVRO',
  compile: ({ text, references }: CompleteSchema): Decode => {
    const types = avroType(
      text,
      references.map((reference) => reference.text),
    );
    const toJson = avroJson(types);
    return ({ buffer, byteOffset, byteLength }) =>
      toJson(types.type.fromBuffer(Buffer.from(buffer, byteOffset, byteLength)));
  },
};

/** @param registry - its address; `null`: there is none */
export const avroValues = (registry: string | null): ValueDecoder =>
  registryValues(registry === null ? undefined : openRegistry(registry), avroLibrary);
