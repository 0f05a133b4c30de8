/** Protobuf's messages as JSON: proto3's JSON mapping, with every field that has no presence written out. */
import protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import { PermanentRecordError } from '../../core/errors.ts';

type Json = Record<string, unknown>;

/** Messages whose JSON is not an object of their fields. @see protobuf.dev, "ProtoJSON Format" */
const special: ReadonlySet<string> = new Set(
  'Any BoolValue BytesValue DoubleValue Duration FieldMask FloatValue Int32Value Int64Value ListValue StringValue Struct Timestamp UInt32Value UInt64Value Value'
    .split(' ')
    .map((name) => `.google.protobuf.${name}`),
);

const longs: ReadonlySet<string> = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64']);

/** A message that is not there takes two bytes and may have many fields: a value must not grow beyond what a worker holds. */
const mostWrittenOut = 100_000;

const zeroOf = ({ map, repeated, resolvedType, type }: protobuf.Field): unknown => {
  if (map) return {};
  if (repeated) return [];
  if (resolvedType instanceof protobuf.Enum)
    return resolvedType.fullName === '.google.protobuf.NullValue' ? null : (resolvedType.valuesById[0] ?? 0);
  if (longs.has(type)) return '0';
  if (type === 'bool') return false;
  return type === 'string' || type === 'bytes' ? '' : 0;
};

/** A message is there or is not, in every syntax; of the rest protobufjs knows. */
const hasPresence = (field: protobuf.Field): boolean =>
  field.hasPresence || (field.resolvedType instanceof protobuf.Type && !field.repeated && !field.map);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A message as JSON: 64-bit integers as digits, bytes as base64, enums as names, timestamps as RFC 3339 writes them.
 *
 * What has no presence is written out also where it is 0, empty or false, as every reader of the message would see it: left
 * out, as encoders of JSON may, a reading of 0 would lack its value. Within an `Any` it is left out.
 *
 * @throws {Error} for what JSON has no form for
 */
export const protobufJson = (type: protobuf.Type, message: protobuf.Message): unknown => {
  let writtenOut = 0;
  const complete = (of: protobuf.Type, json: unknown): void => {
    if (special.has(of.fullName) || !isObject(json)) return;
    for (const field of of.fieldsArray) {
      // An extension is only ever there where it was written.
      if (field.declaringField || field.name.startsWith('.')) continue;
      const name = field.jsonName;
      if (!Object.hasOwn(json, name)) {
        if (hasPresence(field)) continue;
        writtenOut += 1;
        if (writtenOut > mostWrittenOut)
          throw new PermanentRecordError('VALUE_UNDECODABLE', {
            message: `they leave out more than ${mostWrittenOut} fields`,
          });
        json[name] = zeroOf(field);
      } else if (field.resolvedType instanceof protobuf.Type) {
        const value = json[name];
        const inner = field.map && isObject(value) ? Object.values(value) : [value].flat();
        for (const each of inner) complete(field.resolvedType, each);
      }
    }
  };
  const json: unknown = protojson.toJson(type, message);
  complete(type, json);
  return json;
};
