import { describe, expect, it } from 'vitest';
import { avroLibrary } from '../../../../lib/adapters/wire/avro.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

const compiled = (schema: unknown, ...references: readonly unknown[]) =>
  avroLibrary.compile({
    id: 1,
    type: 'AVRO',
    text: JSON.stringify(schema),
    references: references.map((each, index) => ({ name: `r${index}`, text: JSON.stringify(each) })),
  });

const decode = (schema: unknown, bytes: string, ...references: readonly unknown[]): unknown =>
  compiled(schema, ...references)(hex(bytes));

const record = (...fields: readonly (readonly [name: string, type: unknown])[]) => ({
  type: 'record',
  name: 'shop.Made',
  fields: fields.map(([name, type]) => ({ name, type })),
});

const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });

describe('Avro as its specification writes it', () => {
  it.each([
    ['null', 'null', '', null],
    ['a boolean', 'boolean', '01', true],
    ['a long', 'long', '80 01', 64],
    ['a negative long', 'long', '7f', -64],
    ['an int', 'int', '01', -1],
    ['a float', 'float', '00 00 c0 3f', 1.5],
    ['a double', 'double', '00 00 00 00 00 00 f8 bf', -1.5],
    ['a string', 'string', '06 66 6f 6f', 'foo'],
    ['bytes', 'bytes', '04 ff 00', '/wA='],
    ['a record', record(['a', 'long'], ['b', 'string']), '36 06 66 6f 6f', { a: 27, b: 'foo' }],
    ['an enum', { type: 'enum', name: 'Foo', symbols: ['A', 'B', 'C', 'D'] }, '06', 'D'],
    ['an array', { type: 'array', items: 'long' }, '04 06 36 00', [3, 27]],
    ['an array in blocks', { type: 'array', items: 'long' }, '02 06 01 02 36 00', [3, 27]],
    ['an empty array', { type: 'array', items: 'long' }, '00', []],
    ['a map', { type: 'map', values: 'int' }, '02 02 61 04 00', { a: 2 }],
    ['null of a union', ['null', 'string'], '00', null],
    ['a string of a union', ['null', 'string'], '02 02 61', 'a'],
    ['a fixed', { type: 'fixed', name: 'F', size: 2 }, '01 02', 'AQI='],
  ])('is read: %s', (_, schema, bytes, expected) => {
    expect(decode(schema, bytes)).toEqual(expected);
  });

  it('has unions of records, unwrapped', () => {
    const either = [
      { ...record(['a', 'int']), name: 'A' },
      { ...record(['a', 'int']), name: 'B' },
    ];
    expect(decode(either, '02 04')).toEqual({ a: 2 });
  });

  it('has records that hold themselves', () => {
    const list = record(['value', 'int'], ['next', ['null', 'shop.Made']]);
    expect(decode(list, '02 02 04 02 06 00')).toEqual({
      value: 1,
      next: { value: 2, next: { value: 3, next: null } },
    });
  });

  it('has schemas that refer to others', () => {
    const money = {
      type: 'record',
      name: 'Money',
      namespace: 'shop',
      fields: [{ name: 'cents', type: 'long' }],
    };
    const total = record(['total', 'shop.Money'], ['unit', 'shop.Money']);
    expect(decode(total, '14 28', money)).toEqual({ total: { cents: 10 }, unit: { cents: 20 } });
    expect(() => decode(total, '14 28')).toThrow('undefined type name: shop.Money');
  });

  it('may have defaults, which are the reader’s to use', () => {
    const schema = {
      type: 'record',
      name: 'D',
      fields: [
        { name: 'a', type: 'long', default: 7 },
        { name: 'b', type: logical('long', 'timestamp-millis'), default: 0 },
      ],
    };
    expect(decode(schema, '02 00')).toEqual({ a: 1, b: '1970-01-01T00:00:00.000Z' });
  });
});

describe('what JSON cannot hold', () => {
  it.each([
    ['fe ff ff ff ff ff ff 1f', 9_007_199_254_740_991],
    ['80 80 80 80 80 80 80 20', '9007199254740992'],
    ['81 80 80 80 80 80 80 20', '-9007199254740993'],
    ['ff ff ff ff ff ff ff ff ff 01', '-9223372036854775808'],
  ])('a long beyond 2^53 is its digits: %s', (bytes, expected) => {
    expect(decode('long', bytes)).toBe(expected);
    expect(decode({ type: 'long' }, bytes)).toBe(expected);
  });

  it.each([
    ['00 00 c0 7f', 'NaN'],
    ['00 00 80 7f', 'Infinity'],
    ['00 00 80 ff', '-Infinity'],
  ])('a float that is no number is a word: %s', (bytes, expected) => {
    expect(decode('float', bytes)).toBe(expected);
  });

  it('a key named as a prototype is a key', () => {
    const map = decode({ type: 'map', values: 'int' }, '02 12 5f 5f 70 72 6f 74 6f 5f 5f 02 00');
    expect(JSON.stringify(map)).toBe('{"__proto__":1}');
  });
});

describe('logical types', () => {
  it.each([
    ['a date', logical('int', 'date'), '02', '1970-01-02'],
    ['a date before 1970', logical('int', 'date'), '01', '1969-12-31'],
    ['a time in ms', logical('int', 'time-millis'), '02', '00:00:00.001'],
    ['a time in µs', logical('long', 'time-micros'), '80 89 7a', '00:00:01.000000'],
    ['an instant in ms', logical('long', 'timestamp-millis'), 'd0 0f', '1970-01-01T00:00:01.000Z'],
    ['an instant before 1970', logical('long', 'timestamp-millis'), '01', '1969-12-31T23:59:59.999Z'],
    ['an instant in µs', logical('long', 'timestamp-micros'), '02', '1970-01-01T00:00:00.000001Z'],
    ['an instant in ns', logical('long', 'timestamp-nanos'), '02', '1970-01-01T00:00:00.000000001Z'],
    ['a local instant', logical('long', 'local-timestamp-millis'), '02', '1970-01-01T00:00:00.001'],
    ['a local instant in µs', logical('long', 'local-timestamp-micros'), '02', '1970-01-01T00:00:00.000001'],
    [
      'a local instant in ns',
      logical('long', 'local-timestamp-nanos'),
      '02',
      '1970-01-01T00:00:00.000000001',
    ],
    ['a decimal', logical('bytes', 'decimal', { precision: 9, scale: 2 }), '04 04 d2', '12.34'],
    ['a negative decimal', logical('bytes', 'decimal', { precision: 9, scale: 3 }), '02 ff', '-0.001'],
    ['a decimal without a scale', logical('bytes', 'decimal', { precision: 9 }), '02 7f', '127'],
    ['a decimal of no bytes', logical('bytes', 'decimal', { precision: 9, scale: 2 }), '00', '0.00'],
    [
      'a decimal of fixed size',
      { ...logical('fixed', 'decimal', { precision: 4, scale: 1 }), name: 'D', size: 2 },
      'ff f6',
      '-1.0',
    ],
    ['a UUID', logical('string', 'uuid'), '02 61', 'a'],
    [
      'a UUID of fixed size',
      { ...logical('fixed', 'uuid'), name: 'U', size: 16 },
      '0123456789abcdef0123456789abcdef',
      '01234567-89ab-cdef-0123-456789abcdef',
    ],
    [
      'a duration',
      { ...logical('fixed', 'duration'), name: 'P', size: 12 },
      '01000000 02000000 bc0b0000',
      'P1M2DT3.004S',
    ],
    ['one that nobody knows', logical('int', 'shoe-size'), '54', 42],
    ['one that stands on another type than it may', logical('string', 'date'), '02 61', 'a'],
    ['a duration of another size', { ...logical('fixed', 'duration'), name: 'Q', size: 1 }, '01', 'AQ=='],
  ])('become what JSON has for them: %s', (_, schema, bytes, expected) => {
    expect(decode(schema, bytes)).toBe(expected);
  });

  it('count in unions and under a name as well', () => {
    const schema = record(
      ['at', ['null', logical('long', 'timestamp-millis')]],
      ['first', { ...logical('fixed', 'duration'), name: 'Span', size: 12 }],
      ['second', 'shop.Span'],
    );
    const span = '01000000 00000000 00000000';
    expect(decode(schema, `02 02 ${span} ${span}`)).toEqual({
      at: '1970-01-01T00:00:00.001Z',
      first: 'P1M0DT0S',
      second: 'P1M0DT0S',
    });
  });

  it.each([
    ['a date that RFC 3339 cannot write', logical('int', 'date'), 'fe ff ff ff 0f'],
    [
      'an instant that RFC 3339 cannot write',
      logical('long', 'timestamp-millis'),
      'fe ff ff ff ff ff ff ff ff 01',
    ],
    ['a time that is not within a day', logical('int', 'time-millis'), '80 f0 b2 52'],
    ['a negative time', logical('long', 'time-micros'), '01'],
  ])('are refused: %s', (_, schema, bytes) => {
    expect(() => decode(schema, bytes)).toThrow(
      expect.objectContaining({ code: 'VALUE_UNDECODABLE' }) as Error,
    );
  });
});

describe('bytes that are not of their schema', () => {
  const holds = record(['list', { type: 'array', items: 'null' }], ['map', { type: 'map', values: 'null' }]);
  it.each([
    ['too few', 'string', '06 66 6f'],
    ['too many', 'string', '06 66 6f 6f 00'],
    ['none', 'long', ''],
    ['of a negative length', 'string', '05 66 6f 6f'],
    ['of a symbol that is none', { type: 'enum', name: 'E', symbols: ['A'] }, '02'],
    ['of a branch that is none', ['null', 'int'], '04'],
    ['of an int with more than 32 bits', 'int', '80 80 80 80 10'],
    ['of 2^40 items that take no bytes', holds, '80 80 80 80 80 40 00 00'],
    ['of 2^40 entries', { type: 'map', values: 'long' }, '80 80 80 80 80 40 00'],
    ['of a count that no number holds', { type: 'array', items: 'null' }, 'ff ff ff ff ff ff ff ff ff 01'],
    ['of a count that is infinite', { type: 'array', items: 'null' }, `${'ff '.repeat(150)}01`],
    ['of many blocks', { type: 'array', items: 'null' }, `${'fe 01 '.repeat(9)}00`],
    ['of an array that goes on beyond their end', { type: 'array', items: 'int' }, '06 02 02'],
  ])('are refused: %s', (_, schema, bytes) => {
    expect(() => decode(schema, bytes)).toThrow(/./);
  });

  it('may hold themselves so deep that the stack ends: an error as any other', () => {
    const nested = compiled(record(['next', ['null', 'shop.Made']]));
    expect(() => nested(Buffer.alloc(1_000_000, 2))).toThrow(/./);
  });

  it('may hold a thousand items more than they are, for some take no bytes', () => {
    const nulls = { type: 'array', items: 'null' };
    expect(decode(nulls, 'd6 0f 00')).toHaveLength(1_003);
    expect(() => decode(nulls, 'd8 0f 00')).toThrow('more items than there are bytes');
    expect(() => decode({ type: 'array', items: nulls }, '04 d0 0f 00 d0 0f 00 00')).toThrow('more items');
  });
});

describe('a schema that is none', () => {
  it.each([
    ['no JSON', '{'],
    ['of an unknown type', '{"type":"list"}'],
    ['a record without fields', '{"type":"record","name":"A"}'],
    ['with a name that is code', '{"type":"record","name":"A(){}","fields":[]}'],
    ['with a field that is code', '{"type":"record","name":"A","fields":[{"name":"a;b()","type":"int"}]}'],
    ['named as a member of every object', '"toString"'],
  ])('is refused: %s', (_, text) => {
    expect(() => avroLibrary.compile({ id: 1, type: 'AVRO', text, references: [] })).toThrow(/./);
  });
});
