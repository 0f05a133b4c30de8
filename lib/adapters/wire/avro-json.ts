/** Avro's values as JSON carries them. */
import type { AvroType } from 'avsc/lib/types.js';
import { PermanentRecordError } from '../../core/errors.ts';
import type { LogicalType, NamedTypes } from './avro-types.ts';
import { uuidOf } from './framing.ts';

type ToJson = (value: unknown) => unknown;
type Plain = Readonly<Record<string, unknown>>;

const undecodable = (message: string): PermanentRecordError =>
  new PermanentRecordError('VALUE_UNDECODABLE', { message });

/** JSON has no such numbers: they are words, as in Protobuf's JSON. */
const finiteOrWord = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const int: ToJson = (value) => {
  // Five bytes hold more than an int.
  if (typeof value === 'number' && value === (value | 0)) return value;
  throw undecodable('an int has more than 32 bits');
};

const base64: ToJson = (value) => (value as Buffer).toString('base64');

const two = (number: number): string => String(number).padStart(2, '0');

/** @param fraction - of the unit in which the number counts: 3 digits for ms */
const timeOfDay = (value: unknown, fraction: number): string => {
  const unit = 10 ** fraction;
  const whole = Math.floor(Number(value) / unit);
  if (!(whole >= 0 && whole < 86_400)) throw undecodable('a time of day is not within a day');
  const rest = String(Number(value) % unit).padStart(fraction, '0');
  return `${two(Math.floor(whole / 3_600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}.${rest}`;
};

/** A date, or the first part of an instant, in the years that RFC 3339 can write. */
const isoOf = (ms: number): string => {
  const date = new Date(ms);
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  if (!/^\d{4}-/.test(text)) throw undecodable('a date is not of the years 0000 to 9999');
  return text;
};

/** @param fraction - digits of a second in which the number counts: 3 for ms */
const instant = (value: unknown, fraction: number): string => {
  const unit = 10n ** BigInt(fraction);
  const count = BigInt(value as number | string);
  const rest = ((count % unit) + unit) % unit;
  const seconds = Number((count - rest) / unit);
  return `${isoOf(seconds * 1_000).slice(0, -'.000Z'.length)}.${String(rest).padStart(fraction, '0')}`;
};

/** Two's complement, big-endian, as Java's BigInteger writes itself. */
const decimal = (bytes: Buffer, scale: number): string => {
  const magnitude = bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
  const unscaled = BigInt.asIntN(bytes.length * 8, magnitude);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return unscaled < 0n ? `-${text}` : text;
};

/** Months, days and ms, 4 bytes each, little-endian, as ISO 8601. */
const duration = (bytes: Buffer): string =>
  `P${bytes.readUInt32LE(0)}M${bytes.readUInt32LE(4)}DT${bytes.readUInt32LE(8) / 1_000}S`;

const isBytes = ({ typeName }: AvroType): boolean => typeName === 'bytes' || typeName === 'fixed';
const isLong = ({ typeName }: AvroType): boolean => typeName === 'abstract:long';
const isInt = ({ typeName }: AvroType): boolean => typeName === 'int';
const hasSize = (type: AvroType, size: number): boolean =>
  type.typeName === 'fixed' && 'size' in type && type.size === size;

/** `undefined` where a logical type is not known, or stands where it cannot: then it is left out of account, as Avro says. */
const logical = (type: AvroType, { name, scale }: LogicalType): ToJson | undefined => {
  const when = (fits: boolean, toJson: ToJson): ToJson | undefined => (fits ? toJson : undefined);
  switch (name) {
    case 'date':
      return when(isInt(type), (days) => isoOf(Number(days) * 86_400_000).slice(0, 'YYYY-MM-DD'.length));
    case 'time-millis':
      return when(isInt(type), (ms) => timeOfDay(ms, 3));
    case 'time-micros':
      return when(isLong(type), (micros) => timeOfDay(micros, 6));
    case 'timestamp-millis':
      return when(isLong(type), (ms) => `${instant(ms, 3)}Z`);
    case 'timestamp-micros':
      return when(isLong(type), (micros) => `${instant(micros, 6)}Z`);
    case 'timestamp-nanos':
      return when(isLong(type), (nanos) => `${instant(nanos, 9)}Z`);
    case 'local-timestamp-millis':
      return when(isLong(type), (ms) => instant(ms, 3));
    case 'local-timestamp-micros':
      return when(isLong(type), (micros) => instant(micros, 6));
    case 'local-timestamp-nanos':
      return when(isLong(type), (nanos) => instant(nanos, 9));
    case 'decimal':
      return when(isBytes(type), (bytes) => decimal(bytes as Buffer, scale));
    case 'uuid':
      return when(hasSize(type, 16), (bytes) => uuidOf(bytes as Buffer));
    case 'duration':
      return when(hasSize(type, 12), (bytes) => duration(bytes as Buffer));
    default:
      return undefined;
  }
};

interface RecordType extends AvroType {
  readonly fields: readonly { readonly name: string; readonly type: AvroType }[];
}

/**
 * How values of a type become JSON: unions unwrapped, bytes as base64, enums as their symbols, longs as numbers where those are
 * exact and else as digits, dates and times as RFC 3339 writes them, decimals as digits.
 */
export const avroJson = ({ type: root, logicalTypes }: NamedTypes): ToJson => {
  const known = new Map<AvroType, ToJson>();
  /** A type may hold itself: what it holds is made when it is first met in a value. */
  const of = (type: AvroType): ToJson => {
    const found = known.get(type);
    if (found) return found;
    let made: ToJson | undefined;
    const toJson: ToJson = (value) => {
      made ??= make(type);
      return made(value);
    };
    known.set(type, toJson);
    return toJson;
  };
  const make = (type: AvroType): ToJson => {
    const annotation = logicalTypes.get(type);
    return (annotation && logical(type, annotation)) ?? plain(type);
  };
  const plain = (type: AvroType): ToJson => {
    switch (type.typeName) {
      case 'int':
        return int;
      case 'float':
      case 'double':
        return (value) => finiteOrWord(value as number);
      case 'bytes':
      case 'fixed':
        return base64;
      case 'array': {
        const item = of((type as AvroType & { readonly itemsType: AvroType }).itemsType);
        return (values) => (values as readonly unknown[]).map(item);
      }
      case 'map': {
        const inner = of((type as AvroType & { readonly valuesType: AvroType }).valuesType);
        return (values) =>
          Object.fromEntries(Object.entries(values as Plain).map(([key, value]) => [key, inner(value)]));
      }
      case 'union:wrapped': {
        const branches = new Map(
          (type as AvroType & { readonly types: readonly AvroType[] }).types.map((branch) => [
            branch.branchName,
            of(branch),
          ]),
        );
        return (value) => {
          if (value === null) return null;
          const [[name, inner] = ['', undefined]] = Object.entries(value as Plain);
          return branches.get(name)?.(inner);
        };
      }
      case 'record':
      case 'error': {
        const fields = (type as RecordType).fields.map(({ name, type: inner }) => [name, of(inner)] as const);
        return (value) =>
          Object.fromEntries(fields.map(([name, toJson]) => [name, toJson((value as Plain)[name])]));
      }
      default:
        // null, boolean, long, string, enum
        return (value) => value;
    }
  };
  return of(root);
};
