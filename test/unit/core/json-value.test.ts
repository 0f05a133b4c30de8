import { expect, it } from 'vitest';
import { parseJson } from '../../../lib/core/json-value.ts';
import { bytesOf } from '../../../lib/core/record.ts';

it.each([
  ['{"a":1}', { a: 1 }],
  ['\uFEFF{"a":1}', { a: 1 }],
  ['"\uFEFFa"', '\uFEFFa'],
  ['null', null],
])('%j is JSON', (text, value) => {
  expect(parseJson(bytesOf(text))).toEqual({ parsed: value });
});

it.each(['', '{', '\uFEFF', '\uFEFF\uFEFF1', 'undefined'])('%j is none', (text) => {
  expect(parseJson(bytesOf(text))).toBe(undefined);
});

it('bytes of another encoding are none', () => {
  expect(parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toBe(undefined);
});
