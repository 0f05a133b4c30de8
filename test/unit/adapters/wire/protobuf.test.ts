import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { protobufLibrary } from '../../../../lib/adapters/wire/protobuf.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

interface Files {
  readonly message?: string;
  /** Path of an import → its text. */
  readonly imports?: Readonly<Record<string, string>>;
}

const compiled = (text: string, { message, imports = {} }: Files = {}) =>
  protobufLibrary({ message: message ?? null }).compile({
    id: 1,
    type: 'PROTOBUF',
    text,
    references: Object.entries(imports).map(([name, file]) => ({ name, text: file })),
  });

const decode = (text: string, bytes: string, files: Files = {}): unknown => compiled(text, files)(hex(bytes));

const proto3 = (body: string): string => `syntax = "proto3"; package shop.v1; ${body}`;

describe('Protobuf as its documentation writes it', () => {
  const tests = `syntax = "proto2";
    message Test1 { optional int32 a = 1; }
    message Test2 { optional string b = 2; }
    message Test3 { optional Test1 c = 3; }
    message Test4 { optional string d = 4; repeated int32 e = 6; }
    message Test5 { repeated int32 f = 6 [packed=true]; }`;

  it.each([
    ['a varint', '00 08 96 01', { a: 150 }],
    ['a string', '02 02 12 07 74 65 73 74 69 6e 67', { b: 'testing' }],
    ['a message in a message', '02 04 1a 03 08 96 01', { c: { a: 150 } }],
    ['a repeated field', '02 06 22 05 68 65 6c 6c 6f 30 01 30 02 30 03', { d: 'hello', e: [1, 2, 3] }],
    ['a packed field', '02 08 32 06 03 8e 02 9e a7 05', { f: [3, 270, 86_942] }],
  ])('is read: %s', (_, bytes, expected) => {
    expect(decode(tests, bytes)).toEqual(expected);
  });
});

describe('the message index behind Confluent’s header', () => {
  const text = proto3(`
    message First { string a = 1; map<string, int32> counts = 2; message Left {} message Right { string b = 1; } }
    enum Between { ZERO = 0; }
    message Second { string c = 1; }`);

  it.each([
    ['the first message is a single 0', '00 0a 01 78', { a: 'x', counts: {} }],
    ['or written out', '02 00 0a 01 78', { a: 'x', counts: {} }],
    ['the second, for an enum does not count', '02 02 0a 01 78', { c: 'x' }],
    ['one that is declared in another', '04 00 02 0a 01 78', { b: 'x' }],
  ])('%s', (_, bytes, expected) => {
    expect(decode(text, bytes)).toEqual(expected);
  });

  it.each([
    ['no message', '02 04', 'no message at index 2'],
    ['no message in a message', '04 02 00', 'no message at index 1.0'],
    ['a negative position', '02 01', 'no message at index -1'],
    ['more steps than messages nest', '80 01', 'message index is none'],
    ['fewer than no steps', '01', 'message index is none'],
    ['nothing', '', 'index out of range'],
  ])('is refused where it names %s', (_, bytes, message) => {
    expect(() => decode(text, bytes)).toThrow(message);
  });

  it('must name the message that the contract takes', () => {
    expect(decode(text, '02 02 0a 01 78', { message: 'shop.v1.Second' })).toEqual({ c: 'x' });
    expect(() => decode(text, '00', { message: 'shop.v1.Second' })).toThrow(
      'they are a shop.v1.First, and the contract takes only shop.v1.Second',
    );
  });

  it('counts the messages of the schema’s own file, whatever its package’s other files declare', () => {
    const imports = { 'shop/v1/other.proto': proto3('message Aside { int32 n = 1; }') };
    const own = proto3('import "shop/v1/other.proto"; message Own { Aside aside = 1; }');
    expect(decode(own, '00 0a 02 08 05', { imports })).toEqual({ aside: { n: 5 } });
    expect(() => decode(own, '02 02', { imports })).toThrow('no message at index 1');
  });

  it('needs no package', () => {
    expect(decode('syntax = "proto3"; message Bare { bool on = 1; }', '00 08 01')).toEqual({ on: true });
  });
});

describe('the JSON of a message', () => {
  const text = proto3(`
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/duration.proto";
    import "google/protobuf/wrappers.proto";
    import "google/protobuf/struct.proto";
    import "google/protobuf/any.proto";
    import "google/protobuf/empty.proto";
    enum Kind { KIND_UNKNOWN = 0; KIND_GOLD = 1; }
    message Line { string sku = 1; int32 count = 2; }
    message Order {
      string customer_id = 1;
      string note = 2 [json_name = "remark"];
      int64 cents = 3;
      uint64 big = 4;
      double rate = 5;
      bool paid = 6;
      bytes raw = 7;
      Kind kind = 8;
      repeated Line lines = 9;
      map<string, Line> by_name = 10;
      map<int64, bool> flags = 11;
      Line only = 12;
      optional int32 maybe = 13;
      oneof choice { string left = 14; Line right = 15; }
      google.protobuf.Timestamp placed_at = 16;
      google.protobuf.Duration took = 17;
      google.protobuf.Int64Value wrapped = 18;
      google.protobuf.Struct free = 19;
      google.protobuf.Any any = 20;
      google.protobuf.Empty nothing = 21;
      google.protobuf.NullValue null_value = 22;
      float ratio = 23;
    }`);

  /** Written by the library's own encoder; the index is of Order, the second message. */
  const encoded = (value: object): Uint8Array => {
    const { root } = protobuf.parse(text, { keepCase: true });
    for (const file of ['timestamp', 'duration', 'wrappers', 'struct', 'any', 'empty'])
      root.addJSON(protobuf.common.get(`google/protobuf/${file}.proto`)?.nested ?? {});
    const type = root.lookupType('shop.v1.Order');
    return Buffer.concat([hex('02 02'), type.encode(type.fromObject(value)).finish()]);
  };
  const toJson = (value: object): unknown => compiled(text)(encoded(value));

  const empty = {
    customerId: '',
    remark: '',
    cents: '0',
    big: '0',
    rate: 0,
    paid: false,
    raw: '',
    kind: 'KIND_UNKNOWN',
    lines: [],
    byName: {},
    flags: {},
    nullValue: null,
    ratio: 0,
  };

  it('has every field that has no presence, and of the others those that are there', () => {
    expect(toJson({})).toEqual(empty);
    expect(toJson({ only: {}, right: {}, maybe: 0, nothing: {} })).toEqual({
      ...empty,
      only: { sku: '', count: 0 },
      right: { sku: '', count: 0 },
      maybe: 0,
      nothing: {},
    });
    expect(toJson({ lines: [{}, { count: 1 }], by_name: { a: {} } })).toMatchObject({
      lines: [
        { sku: '', count: 0 },
        { sku: '', count: 1 },
      ],
      byName: { a: { sku: '', count: 0 } },
    });
  });

  it.each<readonly [string, object, object]>([
    ['names in lowerCamelCase', { customer_id: 'c' }, { customerId: 'c' }],
    ['or as the field says', { note: 'n' }, { remark: 'n' }],
    [
      '64-bit integers as digits',
      { cents: '-9007199254740993', big: 5 },
      { cents: '-9007199254740993', big: '5' },
    ],
    ['unsigned ones too', { big: '18446744073709551615' }, { big: '18446744073709551615' }],
    ['numbers that are none as words', { rate: NaN, ratio: -Infinity }, { rate: 'NaN', ratio: '-Infinity' }],
    ['bytes as base64', { raw: Buffer.from([0xff, 0]) }, { raw: '/wA=' }],
    ['enums as names', { kind: 1 }, { kind: 'KIND_GOLD' }],
    ['an enum that nobody knows as its number', { kind: 9 }, { kind: 9 }],
    ['keys as text', { flags: { 7: true } }, { flags: { 7: true } }],
    ['what was chosen', { left: '' }, { left: '' }],
    [
      'instants as RFC 3339',
      { placed_at: { seconds: 1_700_000_000, nanos: 5_000 } },
      { placedAt: '2023-11-14T22:13:20.000005Z' },
    ],
    ['durations in seconds', { took: { seconds: 3, nanos: 500_000_000 } }, { took: '3.500s' }],
    ['wrapped values bare', { wrapped: { value: 0 } }, { wrapped: '0' }],
    ['free data as it is', { free: { fields: { a: { numberValue: 1 } } } }, { free: { a: 1 } }],
    [
      'any message with its type',
      { any: { type_url: 'x/shop.v1.Line', value: hex('0a 01 61') } },
      { any: { '@type': 'x/shop.v1.Line', sku: 'a' } },
    ],
  ])('has %s', (_, value, expected) => {
    expect(toJson(value)).toEqual({ ...empty, ...expected });
  });

  it.each([
    ['an instant beyond RFC 3339', { placed_at: { seconds: '999999999999999' } }],
    ['a message of a type that is nowhere declared', { any: { type_url: 'x/shop.v1.Gone' } }],
  ])('is refused for %s', (_, value) => {
    expect(() => toJson(value)).toThrow(/./);
  });

  it('of a key named as a prototype has that key', () => {
    const order = compiled(text)(hex('02 02 52 0f 0a 09 5f 5f 70 72 6f 74 6f 5f 5f 12 02 10 05'));
    expect(JSON.stringify((order as { byName: object }).byName)).toBe('{"__proto__":{"count":5,"sku":""}}');
  });

  it('is refused where messages of two bytes would grow to fill the worker', () => {
    const lines = Buffer.alloc(200_000);
    for (let at = 0; at < lines.length; at += 2) lines[at] = 0x4a;
    expect(() => compiled(text)(Buffer.concat([hex('02 02'), lines]))).toThrow('more than 100000 fields');
  });
});

describe('a schema', () => {
  it('may import Google’s files, Confluent’s own and what nobody has', () => {
    const text = proto3(`
      import "google/protobuf/descriptor.proto";
      import "confluent/meta.proto";
      import "confluent/type/decimal.proto";
      import public "google/type/date.proto";
      extend google.protobuf.FieldOptions { string hint = 50001; }
      message Bill {
        confluent.type.Decimal total = 1 [(confluent.field_meta).doc = "the sum", (hint) = "x"];
        google.type.Date due = 2;
      }`);
    expect(decode(text, '00 0a 03 0a 01 05 12 02 08 01')).toEqual({
      total: { value: 'BQ==', precision: 0, scale: 0 },
      due: { year: 1, month: 0, day: 0 },
    });
  });

  it('may have references with references', () => {
    const imports = {
      'money.proto': 'syntax = "proto3"; package m; message Money { int32 cents = 1; }',
      'line.proto': 'syntax = "proto3"; package l; import "money.proto"; message Line { m.Money price = 1; }',
    };
    const text = proto3(
      'import "line.proto"; import "money.proto"; message A { l.Line line = 1; m.Money sum = 2; }',
    );
    expect(decode(text, '00 0a 04 0a 02 08 05 12 02 08 05', { imports })).toEqual({
      line: { price: { cents: 5 } },
      sum: { cents: 5 },
    });
  });

  it('may be proto2, and of an edition', () => {
    const groups = `syntax = "proto2"; message A { required int32 a = 1; optional int32 b = 2 [default = 7]; }`;
    expect(decode(groups, '00 08 01')).toEqual({ a: 1 });
    expect(() => decode(groups, '00')).toThrow(/required/);
    const edition = `edition = "2023"; message A { int32 a = 1; int32 b = 2 [features.field_presence = IMPLICIT]; }`;
    expect(decode(edition, '00')).toEqual({ b: 0 });
  });

  it.each([
    ['no schema', 'message {'],
    ['with a type that is nowhere declared', proto3('message A { Gone gone = 1; }')],
    ['with two messages of one name', proto3('message A {} message A {}')],
    ['with a name that is code', proto3('message A { string a(){} = 1; }')],
  ])('is refused: %s', (_, text) => {
    expect(() => compiled(text)).toThrow(/./);
  });
});

describe('bytes that are no message', () => {
  const text = proto3('message A { string a = 1; A next = 2; repeated int64 list = 3; }');
  it.each([
    ['a field that ends too early', '00 0a 05 61'],
    ['a wire type that does not exist', '00 0f'],
    ['a text that is no UTF-8', '00 0a 01 ff'],
    ['a list that ends too early', '00 1a 7f 01'],
  ])('are refused: %s', (_, bytes) => {
    expect(() => decode(text, bytes)).toThrow(/./);
  });

  it('may nest deeper than anybody reads', () => {
    let nested: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 200; depth += 1) {
      const writer = protobuf.Writer.create();
      nested = writer.uint32(0x12).bytes(nested).finish();
    }
    expect(() => compiled(text)(Buffer.concat([hex('00'), nested]))).toThrow('max depth exceeded');
  });

  it('may hold fields that the schema does not know, which are passed over', () => {
    expect(decode(text, '00 0a 01 61 28 05')).toEqual({ a: 'a', list: [] });
  });
});
