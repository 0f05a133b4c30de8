import { describe, expect, it } from 'vitest';
import { given } from '../../../lib/testing/given.ts';
import { inference } from '../inference.ts';
import type { Vector } from '../schemas.ts';

const vector = (value: number): Vector => ({
  entity: 'one',
  at: '2026-01-05T08:00:00Z',
  value,
  usual: 10,
  spread: 2,
});

describe('inference', () => {
  it('alerts from three spreads on, and says why', async () => {
    const { decisions } = await given(inference).vectors(vector(10), vector(15.9), vector(16), vector(-20));
    expect(decisions).toMatchObject([
      { score: 0, alert: false },
      { alert: false },
      { score: 0.5, alert: true, reason: '16, where 10 is usual' },
      { alert: true },
    ]);
  });

  it('judges a value that never varied, and one beyond all measure', async () => {
    const { decisions } = await given(inference).vectors(
      { ...vector(10), spread: 0 },
      { ...vector(11), spread: 0 },
      { ...vector(-Number.MAX_VALUE), usual: Number.MAX_VALUE },
    );
    expect(decisions).toMatchObject([{ score: 0, alert: false }, { alert: true }, { score: 1, alert: true }]);
  });
});
