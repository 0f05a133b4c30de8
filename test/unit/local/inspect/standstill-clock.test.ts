import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { standingNow } from '../../../../lib/local/inspect/standing-now.ts';
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

  it('is set back with a wall clock that was set back while it stood, and goes on', () => {
    const { clock, other, elapse } = standing();
    clock.stand();
    elapse(-5_000);
    expect(other.now()).toBe(1_000_000);
    clock.goOn();
    expect([other.isStanding, other.behindMs, other.now()]).toEqual([false, 0, 995_000]);
    elapse(10);
    expect(other.now()).toBe(995_010);
  });
});

describe('performance.now', () => {
  /** Of a thread that is not the one that stands; its own clock only ever goes on. */
  const bothStanding = (): ReturnType<typeof standing> & { readonly now: () => number } => {
    const all = standing();
    let ran = 0;
    return {
      ...all,
      now: standingNow(all.other, () => ran),
      elapse: (ms) => {
        ran += Math.abs(ms);
        all.elapse(ms);
      },
    };
  };

  it('stands with time, in a thread that nobody stopped, and does not go back', () => {
    const { clock, elapse, now } = bothStanding();
    elapse(5);
    expect(now()).toBe(5);
    elapse(5);
    clock.stand();
    elapse(60_000);
    expect(now()).toBe(10);
    clock.goOn();
    expect(now()).toBe(10);
    elapse(1);
    expect(now()).toBe(11);
  });

  it('begins at 0 in a thread that is younger than a standstill', () => {
    const { clock, other, elapse } = standing();
    clock.stand();
    elapse(60_000);
    clock.goOn();
    let ran = 0;
    const now = standingNow(other, () => ran);
    expect(now()).toBe(0);
    ran += 3;
    expect(now()).toBe(3);
  });

  it('never goes back, not where the wall clock does while time stands either', () => {
    const { clock, elapse, now } = bothStanding();
    elapse(5);
    clock.stand();
    expect(now()).toBe(5);
    elapse(-1_000);
    expect(now()).toBe(5);
    clock.goOn();
    expect(now()).toBeGreaterThanOrEqual(5);
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
