import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../lib/core/digest.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { passes, patternProblem, type FilterPattern } from '../../../../lib/local/event-source/filters.ts';

const passesJson = (pattern: FilterPattern, value: unknown): boolean =>
  passes([pattern], bytesOf(JSON.stringify(value)));

describe('filters', () => {
  it.each([
    [['JFK'], 'JFK', true],
    [['JFK'], 'jfk', false],
    [['JFK', 'LGA'], 'LGA', true],
    [[''], '', true],
    [[null], null, true],
    [[null], '', false],
    [[30], 30, true],
    [[30], '30', false],
    [[true], true, true],
    [[{ prefix: 'B6' }], 'B6-21', true],
    [[{ prefix: 'B6' }], 'AB6', false],
    [[{ suffix: '.txt' }], 'a.txt', true],
    [[{ suffix: '.txt' }], 'a.txt.gz', false],
    [[{ 'equals-ignore-case': 'jfk' }], 'JFK', true],
    [[{ 'anything-but': ['JFK', 'LGA'] }], 'EWR', true],
    [[{ 'anything-but': ['JFK', 'LGA'] }], 'LGA', false],
    [[{ 'anything-but': 7 }], 7, false],
    [[{ numeric: ['=', 30] }], 30, true],
    [[{ numeric: ['>', 10, '<=', 20] }], 10, false],
    [[{ numeric: ['>', 10, '<=', 20] }], 20, true],
    [[{ numeric: ['>=', 10] }], '11', false],
    [[{ numeric: ['<', 0] }], -1, true],
    [[{ exists: true }], null, true],
    [[{ exists: false }], 'there', false],
    [['a'], ['b', 'a'], true],
    [['a'], ['b'], false],
  ] as const)('%j on %j: %s', (rules, field, passed) => {
    expect(passesJson({ value: { field: rules } }, { field })).toBe(passed);
  });

  it('a member that is not there matches only exists: false, however deep', () => {
    expect(passesJson({ value: { field: [{ exists: false }] } }, {})).toBe(true);
    expect(passesJson({ value: { outer: { field: [{ exists: false }] } } }, { outer: 'text' })).toBe(true);
    expect(passesJson({ value: { field: [{ exists: true }] } }, {})).toBe(false);
    expect(passesJson({ value: { field: [{ 'anything-but': ['a'] }] } }, {})).toBe(false);
    expect(passesJson({ value: { toString: [{ exists: true }] } }, {})).toBe(false);
  });

  it('members of one pattern must all match, patterns are alternatives, and so is $or', () => {
    const both = { value: { origin: ['JFK'], delay: [{ numeric: ['>=', 30] }] } };
    expect(passesJson(both, { origin: 'JFK', delay: 29 })).toBe(false);
    expect(passesJson(both, { origin: 'JFK', delay: 30 })).toBe(true);
    const either: FilterPattern = {
      value: { $or: [{ origin: ['JFK'] }, { delay: [{ numeric: ['>=', 30] }] }] },
    };
    expect(passesJson(either, { origin: 'LGA', delay: 31 })).toBe(true);
    expect(passesJson(either, { origin: 'LGA', delay: 3 })).toBe(false);
    expect(passes([{ value: ['a'] }, { value: ['b'] }], bytesOf('b'))).toBe(true);
  });

  it('plain text matches rules on the whole value, and only there', () => {
    expect(passes([{ value: [{ 'anything-but': ['error'] }] }], bytesOf('fine'))).toBe(true);
    expect(passes([{ value: [{ 'anything-but': ['error'] }] }], bytesOf('error'))).toBe(false);
    expect(passes([{ value: { field: ['a'] } }], bytesOf('a'))).toBe(false);
    expect(passes([{ value: ['a'] }], bytesOf('{"field":"a"}'))).toBe(false);
  });

  it('without patterns everything passes; with one, neither a tombstone nor broken UTF-8', () => {
    expect(passes([], null)).toBe(true);
    expect(passes([{ value: [{ exists: true }] }], null)).toBe(false);
    expect(passes([{ value: [{ prefix: '' }] }], Uint8Array.of(0xff))).toBe(false);
  });

  it.each([
    [{ key: ['a'] }, ''],
    [{}, ''],
    [{ value: 'a' }, '.value'],
    [{ value: [] }, '.value'],
    [{ value: { field: 'a' } }, '.value.field'],
    [{ value: { field: [{ near: 3 }] } }, '.value.field'],
    [{ value: { field: [{ prefix: 3 }] } }, '.value.field'],
    [{ value: { field: [{ prefix: 'a', suffix: 'b' }] } }, '.value.field'],
    [{ value: { field: [{ numeric: ['!', 3] }] } }, '.value.field'],
    [{ value: { $or: [{ field: [] }] } }, '.value.$or.field'],
  ] as const)('refuses %j', (pattern, path) => {
    expect(patternProblem(pattern as FilterPattern)?.path).toBe(path);
  });

  it('accepts every operator', () => {
    const rules: readonly Json[] = [
      'a',
      7,
      null,
      true,
      { prefix: 'a' },
      { suffix: 'a' },
      { 'equals-ignore-case': 'a' },
      { 'anything-but': ['a', 7] },
      { numeric: ['>', 0, '<', 9] },
      { exists: true },
    ];
    expect(patternProblem({ value: { $or: [{ a: rules }, { b: { c: rules } }] } })).toBeUndefined();
  });
});
