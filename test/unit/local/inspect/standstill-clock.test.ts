import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StandstillClock } from '../../../../lib/local/inspect/standstill-clock.ts';

/** A clock on a wall that a test moves, with another thread's view of it. */
const standing = (): {
  readonly clock: StandstillClock;
  readonly other: StandstillClock;
  readonly elapse: (ms: number) => void;
} => {
  let wall = 1_000_000;
  const now = (): number => wall;
  const clock = new StandstillClock(undefined, now);
  return {
    clock,
    other: new StandstillClock(clock.memory, now),
    elapse: (ms) => {
      wall += ms;
    },
  };
};

describe("a run's time", () => {
  it('is the wall clock until it is stopped, and behind it afterwards by as long as it stood', () => {
    const { clock, elapse } = standing();
    elapse(5);
    expect(clock.now()).toBe(1_000_005);
    clock.stand();
    elapse(60_000);
    expect([clock.now(), clock.isStanding, clock.behindMs]).toEqual([1_000_005, true, undefined]);
    clock.goOn();
    expect([clock.now(), clock.isStanding, clock.behindMs]).toEqual([1_000_005, false, 60_000]);
    elapse(10);
    expect(clock.now()).toBe(1_000_015);
    clock.stand();
    elapse(40);
    clock.goOn();
    expect([clock.now(), clock.behindMs]).toEqual([1_000_015, 60_040]);
  });

  it('is the same in every thread', () => {
    const { clock, other, elapse } = standing();
    clock.stand();
    elapse(1_000);
    expect([other.isStanding, other.now()]).toEqual([true, 1_000_000]);
    clock.goOn();
    elapse(1);
    expect([other.isStanding, other.now()]).toEqual([false, 1_000_001]);
  });

  it('is stopped once, however often it is told', () => {
    const { clock, elapse } = standing();
    clock.goOn();
    clock.stand();
    elapse(10);
    clock.stand();
    elapse(10);
    clock.goOn();
    clock.goOn();
    expect(clock.behindMs).toBe(20);
  });
});

describe('a timer', () => {
  it('does not ring while time stands, and rings after what was left of it', async () => {
    const clock = new StandstillClock();
    let hasRung = false;
    const timer = clock.timer(60);
    void timer.elapsed.then(() => {
      hasRung = true;
    });
    clock.stand();
    const stoodAt = clock.now();
    await pause(150);
    expect({ hasRung, now: clock.now() }).toEqual({ hasRung: false, now: stoodAt });
    clock.goOn();
    await timer.elapsed;
    expect(clock.now()).toBeGreaterThanOrEqual(stoodAt);
    expect(clock.behindMs).toBeGreaterThanOrEqual(140);
  });

  it('that is cancelled never rings', async () => {
    const clock = new StandstillClock();
    let hasRung = false;
    const timer = clock.timer(1);
    void timer.elapsed.then(() => {
      hasRung = true;
    });
    timer.cancel();
    await clock.timer(20).elapsed;
    expect(hasRung).toBe(false);
  });
});
