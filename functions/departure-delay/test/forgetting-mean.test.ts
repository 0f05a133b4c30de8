import { describe, expect, it } from 'vitest';
import { meanAt, nothingObserved, observed, weightAt } from '../forgetting-mean.ts';

const halfLifeMs = 1_000;
const startMs = 1_357_000_000_000;
const one = observed(nothingObserved, 40, startMs, halfLifeMs);

describe('a mean that forgets', () => {
  it('knows nothing at first', () => {
    expect(meanAt(nothingObserved, startMs, halfLifeMs)).toBe(0);
    expect(weightAt(nothingObserved, startMs, halfLifeMs)).toBe(0);
  });

  it('takes the first value whole, whenever it comes', () => {
    expect(one).toEqual({ atMs: startMs, sum: 40, weight: 1 });
  });

  it('halves what it knows with every half life', () => {
    const two = observed(one, 10, startMs + halfLifeMs, halfLifeMs);
    expect(two).toEqual({ atMs: startMs + halfLifeMs, sum: 30, weight: 1.5 });
    expect(weightAt(two, startMs + 3 * halfLifeMs, halfLifeMs)).toBe(0.375);
  });

  it('counts a value that comes late as little as it would by now', () => {
    const late = observed(one, 10, startMs - halfLifeMs, halfLifeMs);
    expect(late).toEqual({ atMs: startMs, sum: 45, weight: 1.5 });
  });

  it('is drawn to 0 by one value of doubt, and goes there in silence', () => {
    expect(meanAt(one, startMs, halfLifeMs)).toBe(20);
    expect(meanAt(one, startMs + halfLifeMs, halfLifeMs)).toBeCloseTo(20 / 1.5);
    expect(meanAt(one, startMs + 20 * halfLifeMs, halfLifeMs)).toBeLessThan(0.001);
  });

  it('does not know more in the past than now', () => {
    expect(meanAt(one, startMs - 5 * halfLifeMs, halfLifeMs)).toBe(20);
  });
});
