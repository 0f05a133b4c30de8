import { describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../../lib/adapters/system.ts';

describe('the machine', () => {
  it('has a clock in milliseconds of the epoch', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('has timers that elapse, and none that was let go of', async () => {
    const elapsed: string[] = [];
    const cancelled = systemClock.timer(1);
    void cancelled.elapsed.then(() => elapsed.push('cancelled'));
    cancelled.cancel();
    // Longer than the one that was let go of: had it still been running, it would have come first.
    await systemClock.timer(5).elapsed.then(() => elapsed.push('kept'));
    expect(elapsed).toEqual(['kept']);
  });

  it('has a new token for each claim', () => {
    const tokens = Array.from({ length: 1_000 }, () => systemRandom.token());
    expect(new Set(tokens).size).toBe(1_000);
  });
});
