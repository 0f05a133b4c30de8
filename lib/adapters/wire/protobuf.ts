import protobuf from 'protobufjs';
import { PermanentRecordError } from '../../core/errors.ts';
import type { ProtobufFormat } from '../../core/contract/formats.ts';
import type { ValueDecoder } from '../../core/ports/value-decoder.ts';
import { protobufJson } from './protobuf-json.ts';
import { protobufSchema, type DeclaredMessage } from './protobuf-schema.ts';
import { registryValues, type Decode, type SchemaLibrary } from './registry-values.ts';
import { openRegistry } from './registry.ts';

const undecodable = (message: string): PermanentRecordError =>
  new PermanentRecordError('VALUE_UNDECODABLE', { message });

/** Messages nest no deeper than this. @see protoc, `kMaxMessageDeclarationNestingDepth` */
const deepestIndex = 32;

/**
 * The message index behind Confluent's header: how many steps it takes, then the position of a message at each; all are zigzag
 * varints. The first message of the file, which is the usual one, is a single 0.
 */
const readIndex = (reader: protobuf.Reader): readonly number[] => {
  const count = reader.sint32();
  if (count === 0) return [0];
  if (count < 0 || count > deepestIndex) throw undecodable('what should be its message index is none');
  return Array.from({ length: count }, () => reader.sint32());
};

const messageAt = (index: readonly number[], declared: readonly DeclaredMessage[]): string => {
  let messages = declared;
  let found: DeclaredMessage | undefined;
  for (const position of index) {
    found = messages[position];
    if (!found) throw undecodable(`the schema has no message at index ${index.join('.')}`);
    messages = found.messages;
  }
  return found?.fullName ?? '';
};

/** @see Confluent Platform, "Formats, Serializers, and Deserializers": wire format of Protobuf */
export const protobufLibrary = ({ message }: Pick<ProtobufFormat, 'message'>): SchemaLibrary => ({
  schemaType: 'PROTOBUF',
  compile: (schema): Decode => {
    const { root, messages } = protobufSchema(schema);
    return (payload) => {
      const reader = protobuf.Reader.create(payload);
      const name = messageAt(readIndex(reader), messages);
      if (message !== null && name !== message)
        throw undecodable(`they are a ${name}, and the contract takes only ${message}`);
      const type = root.lookupType(`.${name}`);
      return protobufJson(type, type.decode(reader));
    };
  },
});

/** @param registry - its address; `null`: there is none */
export const protobufValues = (
  registry: string | null,
  format: Pick<ProtobufFormat, 'message'>,
): ValueDecoder =>
  registryValues(registry === null ? undefined : openRegistry(registry), protobufLibrary(format));
