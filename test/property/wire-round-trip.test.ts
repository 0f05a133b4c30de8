import avsc from 'avsc';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { avroLibrary } from '../../lib/adapters/wire/avro.ts';
import { protobufLibrary } from '../../lib/adapters/wire/protobuf.ts';
import type { CompleteSchema } from '../../lib/adapters/wire/registry.ts';
import { unicodeText } from '../support/unicode-text.ts';

/** A schema of Avro, and values of it: as avsc takes them, and as their JSON must be. */
interface Typed {
  readonly schema: unknown;
  readonly values: fc.Arbitrary<{ readonly avro: unknown; readonly json: unknown }>;
}

/** Types of one name may stand in a schema only once. */
let named = 0;
const name = (kind: string): string => `${kind}${(named += 1)}`;

const same = (schema: unknown, values: fc.Arbitrary<unknown>): Typed => ({
  schema,
  values: values.map((value) => ({ avro: value, json: value })),
});
const bytes = (schema: unknown, values: fc.Arbitrary<Uint8Array>): Typed => ({
  schema,
  values: values.map((value) => ({ avro: Buffer.from(value), json: Buffer.from(value).toString('base64') })),
});

const scalars: readonly (() => Typed)[] = [
  () => same('null', fc.constant(null)),
  () => same('boolean', fc.boolean()),
  () => same('int', fc.integer()),
  () => ({
    schema: 'long',
    values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({
      avro: value,
      json: Number.isSafeInteger(Number(value)) ? Number(value) : String(value),
    })),
  }),
  () => ({
    schema: 'double',
    values: fc
      .double()
      .map((value) => ({ avro: value, json: Number.isFinite(value) ? value : String(value) })),
  }),
  () => same('string', unicodeText()),
  () => bytes('bytes', fc.uint8Array({ maxLength: 20 })),
  () => bytes({ type: 'fixed', name: name('Fixed'), size: 3 }, fc.uint8Array({ minLength: 3, maxLength: 3 })),
  () => same({ type: 'enum', name: name('Enum'), symbols: ['A', 'B'] }, fc.constantFrom('A', 'B')),
];

const pairs = (typed: readonly Typed[]): fc.Arbitrary<readonly { avro: unknown; json: unknown }[]> =>
  fc.tuple(...typed.map(({ values }) => values));

const mapped = (entries: readonly (readonly [string, { avro: unknown; json: unknown }])[]) => ({
  avro: Object.fromEntries(entries.map(([key, { avro }]) => [key, avro])),
  json: Object.fromEntries(entries.map(([key, { json }]) => [key, json])),
});

const typedOf = (depth: number): fc.Arbitrary<Typed> => {
  const scalar = fc.constantFrom(...scalars).map((make) => make());
  if (depth === 0) return scalar;
  const inner = typedOf(depth - 1);
  return fc.oneof(
    scalar,
    inner.map(({ schema, values }): Typed => ({
      schema: { type: 'array', items: schema },
      values: fc.array(values, { maxLength: 4 }).map((items) => ({
        avro: items.map(({ avro }) => avro),
        json: items.map(({ json }) => json),
      })),
    })),
    inner.map(({ schema, values }): Typed => ({
      schema: { type: 'map', values: schema },
      values: fc.array(fc.tuple(fc.string({ maxLength: 5 }), values), { maxLength: 4 }).map(mapped),
    })),
    fc.array(inner, { maxLength: 4 }).map((fields): Typed => ({
      schema: {
        type: 'record',
        name: name('Record'),
        fields: fields.map(({ schema }, index) => ({ name: `f${index}`, type: schema })),
      },
      values: pairs(fields).map((each) => mapped(each.map((pair, index) => [`f${index}`, pair]))),
    })),
    inner
      .filter(({ schema }) => schema !== 'null' && !Array.isArray(schema))
      .map(({ schema, values }): Typed => ({
        schema: ['null', schema],
        values: fc.option(values).map((value) => ({
          avro: value === null ? null : { [branchOf(schema)]: value.avro },
          json: value === null ? null : value.json,
        })),
      })),
  );
};

const branchOf = (schema: unknown): string => {
  if (typeof schema === 'string') return schema;
  const { type, name: own } = schema as { readonly type: string; readonly name?: string };
  return own ?? type;
};

const long = avsc.types.LongType.__with({
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: () => 0,
});

const schemaOf = (type: string, text: string): CompleteSchema => ({ id: 1, type, text, references: [] });

describe('what a library encodes', () => {
  it('in Avro, decodes to the same data', () => {
    const encoded = typedOf(3).chain(({ schema, values }) => values.map((value) => ({ schema, ...value })));
    fc.assert(
      fc.property(encoded, ({ schema, avro, json }) => {
        const options = { wrapUnions: true, registry: { long } } as object;
        const payload = avsc.Type.forSchema(schema as avsc.Schema, options).toBuffer(avro);
        const decode = avroLibrary.compile(schemaOf('AVRO', JSON.stringify(schema)));
        expect(decode(payload)).toEqual(json);
      }),
      { numRuns: 300 },
    );
  });

  it('in Protobuf, decodes to the same data', () => {
    const text = `syntax = "proto3"; package p;
      enum Color { RED = 0; BLUE = 1; }
      message M {
        int32 i = 1; sint64 l = 2; fixed64 u = 3; double d = 4; bool b = 5; string s = 6; bytes y = 7; Color c = 8;
        repeated sint32 packed = 9; map<string, M> map = 10; optional string maybe = 11; M inner = 12;
      }`;
    const type = protobuf.parse(text, { keepCase: true }).root.lookupType('p.M');
    const decode = protobufLibrary({ message: 'p.M' }).compile(schemaOf('PROTOBUF', text));
    const zeroOrNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const leaf = fc.record(
      {
        i: fc.integer(),
        l: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
        u: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
        d: zeroOrNumber,
        b: fc.boolean(),
        s: unicodeText(),
        y: fc.uint8Array().map((value) => Buffer.from(value).toString('base64')),
        c: fc.constantFrom('RED', 'BLUE'),
        packed: fc.array(fc.integer()),
        map: fc.constant({}),
        maybe: fc.string(),
      },
      { requiredKeys: ['i', 'l', 'u', 'd', 'b', 's', 'y', 'c', 'packed', 'map'] },
    );
    fc.assert(
      fc.property(leaf, leaf, (outer, inner) => {
        const data = { ...outer, map: { a: inner, '': inner }, inner: { ...inner, inner: outer } };
        const payload = type.encode(type.fromObject(data)).finish();
        expect(decode(Buffer.concat([Uint8Array.of(0), payload]))).toEqual(data);
      }),
      { numRuns: 300 },
    );
  });
});
