/**
 * The headers that schema registries' serializers write before a value.
 *
 * Confluent: byte 0, then the schema's id, 4 bytes, big-endian.
 * AWS Glue: byte 3, then 0 (as it is) or 5 (zlib), then the id of the schema's version, a UUID of 16 bytes.
 *
 * No JSON begins with either: a text begins with a character, or with white space above byte 8.
 *
 * @see Confluent Platform, "Formats, Serializers, and Deserializers": wire format
 * @see aws-glue-schema-registry, `AWSSchemaRegistryConstants`
 */
export type Framed =
  | { readonly registry: 'confluent'; readonly schema: number; readonly payload: Uint8Array }
  | {
      readonly registry: 'glue';
      /** A UUID in its usual form. */
      readonly schema: string;
      readonly isCompressed: boolean;
      readonly payload: Uint8Array;
    };

const confluentMagic = 0;
const confluentHeaderBytes = 5;
const glueVersion = 3;
const glueHeaderBytes = 18;
const glueCompression: ReadonlyMap<number | undefined, boolean> = new Map([
  [0, false],
  [5, true],
]);

/** What stands in a value's header, or `undefined` where it has none. */
export const framingOf = (value: Uint8Array): Framed | undefined => {
  if (value[0] === confluentMagic && value.length >= confluentHeaderBytes)
    return {
      registry: 'confluent',
      schema: new DataView(value.buffer, value.byteOffset).getUint32(1),
      payload: value.subarray(confluentHeaderBytes),
    };
  const isCompressed = glueCompression.get(value[1]);
  if (value[0] === glueVersion && isCompressed !== undefined && value.length >= glueHeaderBytes)
    return {
      registry: 'glue',
      schema: uuidOf(value.subarray(2, glueHeaderBytes)),
      isCompressed,
      payload: value.subarray(glueHeaderBytes),
    };
  return undefined;
};

/** @param bytes - 16 of them */
export const uuidOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
