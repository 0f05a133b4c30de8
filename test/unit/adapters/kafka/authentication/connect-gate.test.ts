import { describe, expect, it } from 'vitest';
import { ConnectGate } from '../../../../../lib/adapters/kafka/authentication/connect-gate.ts';
import { epochMsOf } from '../../../../../lib/core/units.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const broker = 'b-1.example.com:9098';

/** How long each of several connections waits that all fail. */
const waitsOf = async (random: number, count: number): Promise<readonly number[]> => {
  const clock = new VirtualClock(epochMsOf(0));
  const gate = new ConnectGate(clock, () => random);
  for (let tries = 0; tries < count; tries += 1) {
    await gate.pass(broker);
    gate.failed(broker);
  }
  return clock.waits;
};

describe('a gate before a broker that counts connections', () => {
  it('lets the first one through at once', async () => {
    expect(await waitsOf(0, 1)).toEqual([]);
  });

  it('holds the next one back for a second at least, and longer each time', async () => {
    expect(await waitsOf(0, 5)).toEqual([1_000, 2_000, 2_000, 2_000]);
    expect(await waitsOf(1, 5)).toEqual([2_000, 4_000, 4_000, 4_000]);
  });

  it('lets no two callers through at the same time', async () => {
    const clock = new VirtualClock(epochMsOf(0));
    const draws = [0, 0.5];
    const gate = new ConnectGate(clock, () => draws.shift() ?? 0);
    gate.failed(broker);
    await Promise.all([gate.pass(broker), gate.pass(broker)]);
    expect(clock.waits).toEqual([1_000, 1_500]);
  });

  it('counts the time that has passed', async () => {
    const clock = new VirtualClock(epochMsOf(0));
    const gate = new ConnectGate(clock, () => 0);
    gate.failed(broker);
    clock.advance(400);
    await gate.pass(broker);
    gate.failed(broker);
    clock.advance(5_000);
    await gate.pass(broker);
    expect(clock.waits).toEqual([600]);
  });

  it('forgets failures when a connection is opened, and knows each broker', async () => {
    const clock = new VirtualClock(epochMsOf(0));
    const gate = new ConnectGate(clock, () => 0);
    gate.failed(broker);
    await gate.pass('b-2.example.com:9098');
    gate.opened(broker);
    await gate.pass(broker);
    expect(clock.waits).toEqual([]);
  });
});
