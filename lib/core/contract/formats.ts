/** How the values of a topic are written. Formats are values, so that an option of one cannot stand beside another. */

/** JSON in UTF-8; a schema registry's header before it is taken off. */
export interface JsonFormat {
  readonly format: 'json';
}

/** Avro's binary encoding, by the schema that the value's header names in the schema registry. */
export interface AvroFormat {
  readonly format: 'avro';
}

/** Protobuf, by the schema that the value's header names in the schema registry. */
export interface ProtobufFormat {
  readonly format: 'protobuf';
  /** Full name of the only message that is taken. `null`: whichever the value's message index names. */
  readonly message: string | null;
}

/** A format whose values can only be read with the schemas of a registry. */
export type RegistryFormat = AvroFormat | ProtobufFormat;

export type WireFormat = JsonFormat | RegistryFormat;

export const json = (): JsonFormat => ({ format: 'json' });

export const avro = (): AvroFormat => ({ format: 'avro' });

/** @param options.message - full name of the message that values must be, such as `shop.v1.Order`. @default whichever each value says it is */
export const protobuf = ({ message }: { readonly message?: string } = {}): ProtobufFormat => ({
  format: 'protobuf',
  message: message ?? null,
});

export const asksRegistry = (format: WireFormat): format is RegistryFormat => format.format !== 'json';
