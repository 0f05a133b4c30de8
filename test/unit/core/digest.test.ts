import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../../lib/core/digest.ts';

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, shuffled(member)]),
  );
};

describe('canonical JSON', () => {
  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is the same whatever the order of members, and again of itself', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it.each([
    [{ b: 1, a: [true, null, 'x"'] }, '{"a":[true,null,"x\\""],"b":1}'],
    [{ '10': 1, '9': 2, a: 3 }, '{"10":1,"9":2,"a":3}'],
    [{ a: undefined, b: { c: undefined } }, '{"b":{}}'],
    [[undefined, 1], '[null,1]'],
    [-0, '0'],
    [1e21, '1e+21'],
    ['\u2028€😀', '"\u2028€😀"'],
    [Object.create(null), '{}'],
  ])('of %o is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it.each([
    ['NaN', Number.NaN],
    ['an infinity', { a: Number.POSITIVE_INFINITY }],
    ['undefined', undefined],
    ['a function', { a: () => {} }],
    ['a bigint', [1n]],
    ['a symbol', Symbol('a')],
    ['a date', { at: new Date(0) }],
    ['a map', new Map([[1, 2]])],
    ['bytes', { value: new Uint8Array(2) }],
    ['an instance of a class', new URL('https://example.com')],
  ])('refuses %s, of which JSON.stringify would make something else', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});

describe('a digest', () => {
  it('is SHA-256 in hexadecimal, of text as UTF-8', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string({ unit: 'grapheme' })), (data) => {
        expect(digestOf(data)).toBe(createHash('sha256').update(data).digest('hex'));
      }),
    );
  });
});
