import { describe, expect, it } from 'vitest';
import { longestRetryAfterMs, retryAfterMs } from '../../../lib/adapters/http-answer.ts';

describe('Retry-After', () => {
  const at = (text: string, date?: string): number | undefined =>
    retryAfterMs(
      new Headers({ 'retry-after': text, ...(date ? { date } : {}) }),
      Date.parse('2026-01-01T00:00:00Z'),
    );

  it.each([
    ['0', 0],
    ['120', 120_000],
    ['999999', longestRetryAfterMs],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 90_000],
    ['Thu, 01 Jan 2026 09:00:00 GMT', longestRetryAfterMs],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it('is measured against the clock of the answer, where it has one', () => {
    expect(at('Thu, 01 Jan 2026 00:06:00 GMT', 'Thu, 01 Jan 2026 00:05:00 GMT')).toBe(60_000);
  });
});
