import { describe, expect, it } from 'vitest';
import { elsewhere } from '../../../lib/testing/elsewhere.ts';

describe('elsewhere', () => {
  it('is another time and other luck, and tells what was asked for', () => {
    const now = Date.now();
    const { result, asked } = elsewhere(() => [Date.now(), new Date().getTime(), Math.random()], 0.25);
    expect(result[0]).toBeGreaterThan(now + 300 * 86_400_000);
    expect(result[1]).toBeGreaterThan(now + 300 * 86_400_000);
    expect(result[2]).toBe(0.25);
    expect([...asked].toSorted()).toEqual(['clock', 'randomness']);
  });

  it('leaves dates that are given as they are', () => {
    const { result, asked } = elsewhere(() => {
      const date = new Date('2026-01-05T08:00:00Z');
      return [date.toISOString(), date instanceof Date, Date.parse('2026-01-05T08:00:00Z'), Date.UTC(2026)];
    }, 0);
    expect(result).toEqual(['2026-01-05T08:00:00.000Z', true, 1_767_600_000_000, 1_767_225_600_000]);
    expect(asked.size).toBe(0);
  });

  it('ends with the call, also where that throws', () => {
    const globals = (): unknown => [
      Date,
      Object.getOwnPropertyDescriptor(Math, 'random'),
      Object.getOwnPropertyDescriptor(performance, 'now'),
      Object.getOwnPropertyDescriptor(crypto, 'randomUUID'),
      Object.getOwnPropertyDescriptor(crypto, 'getRandomValues'),
    ];
    const before = globals();
    expect(() =>
      elsewhere(() => {
        throw new Error('a bug');
      }, 0),
    ).toThrow('a bug');
    expect(globals()).toEqual(before);
    expect(new Date()).toBeInstanceOf(Date);
  });
});
