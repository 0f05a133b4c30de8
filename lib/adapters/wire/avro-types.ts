/** Avro's types as avsc makes them, with what it leaves open closed: counts that lie, and longs beyond what a number holds. */
import avsc, { type AvroType, type Options, type Tap } from 'avsc/lib/types.js';
import { PermanentRecordError } from '../../core/errors.ts';

/** A type of a schema, with the logical type that stands on it. */
export interface NamedTypes {
  readonly type: AvroType;
  readonly logicalTypes: ReadonlyMap<AvroType, LogicalType>;
}

/** A logical type as the schema annotates it. */
export interface LogicalType {
  readonly name: string;
  /** Of a decimal: digits behind its point. */
  readonly scale: number;
}

const undecodable = (message: string): PermanentRecordError =>
  new PermanentRecordError('VALUE_UNDECODABLE', { message });

/** Items of a value that may take no bytes: `null`, an empty record. All others take one at least. */
const mostWithoutBytes = 1_000;

/** Items read so far from the bytes of a value. */
const itemsOf = new WeakMap<Tap, number>();

/** Count of a block's items. avsc believes it: nine bytes that announce 2^40 nulls would end the worker. */
const blockCount = (tap: Tap): number => {
  const announced = tap.readLong();
  // Negative: the block's size in bytes follows, for whoever wants to skip it.
  if (announced < 0) tap.skipLong();
  const count = Math.abs(announced);
  const items = (itemsOf.get(tap) ?? 0) + count;
  if (!(items <= tap.buf.length + mostWithoutBytes))
    throw undecodable('a block announces more items than there are bytes');
  itemsOf.set(tap, items);
  return count;
};

const readBlocks = (tap: Tap, readItem: () => void): void => {
  for (let count = blockCount(tap); count > 0; count = blockCount(tap))
    for (let item = 0; item < count; item += 1) {
      if (!tap.isValid()) throw undecodable('they end too early');
      readItem();
    }
};

class BoundedArray extends avsc.builtins.ArrayType {
  override _read(tap: Tap): unknown {
    const items: unknown[] = [];
    readBlocks(tap, () => items.push(this.itemsType._read(tap)));
    return items;
  }
}

class BoundedMap extends avsc.builtins.MapType {
  override _read(tap: Tap): unknown {
    const entries: (readonly [string, unknown])[] = [];
    readBlocks(tap, () => entries.push([tap.readString(), this.valuesType._read(tap)]));
    // A key may be `__proto__`.
    return Object.fromEntries(entries);
  }
}

/** A number where it is exact, else its digits: nothing is rounded in silence. */
const exactLong = (): AvroType =>
  avsc.builtins.LongType.__with({
    fromBuffer: (bytes) => {
      const value = bytes.readBigInt64LE();
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    },
    // The rest is asked only of a schema's defaults, which are checked and never read.
    fromJSON: (value) => value,
    toJSON: (value) => value,
    isValid: (value) => Number.isInteger(value),
    toBuffer: (value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value as number)));
      return bytes;
    },
    compare: (left, right) => Number(left) - Number(right),
  });

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const scaleOf = ({ scale }: Readonly<Record<string, unknown>>): number =>
  typeof scale === 'number' && Number.isSafeInteger(scale) && scale > 0 ? scale : 0;

/**
 * The type of a schema.
 *
 * @param references - schemas whose named types it uses, each after those that it uses itself
 * @throws {Error} for what is no Avro schema
 */
export const avroType = (text: string, references: readonly string[]): NamedTypes => {
  const logicalTypes = new Map<AvroType, LogicalType>();
  const begun = new WeakSet<object>();
  // Types may be named as members of every object are.
  const registry = Object.create(null) as Record<string, AvroType>;
  const made = (schema: Readonly<Record<string, unknown>>, options: Options): AvroType => {
    switch (schema['type']) {
      case 'long':
        return exactLong();
      case 'array':
        return new BoundedArray(schema, options);
      case 'map':
        return new BoundedMap(schema, options);
      default:
        return avsc.Type.forSchema(schema, options);
    }
  };
  const typeHook = (schema: unknown, options: Options): AvroType | undefined => {
    if (schema === 'long') return exactLong();
    if (!isPlain(schema) || begun.has(schema)) return undefined;
    begun.add(schema);
    const type = made(schema, options);
    const name = schema['logicalType'];
    if (typeof name === 'string') logicalTypes.set(type, { name, scale: scaleOf(schema) });
    return type;
  };
  const parse = (schema: string): AvroType =>
    avsc.Type.forSchema(JSON.parse(schema), { registry, wrapUnions: 'always', typeHook });
  references.forEach(parse);
  return { type: parse(text), logicalTypes };
};
