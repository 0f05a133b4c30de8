import { describe, expect, it } from 'vitest';
import { epochMsOf } from '../../../lib/core/units.ts';
import { Rest } from '../../../lib/local/rest.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('a rest', () => {
  it('lasts as long as it was taken for', async () => {
    const clock = new VirtualClock(epochMsOf(0));
    const rest = new Rest(clock);
    await rest.take(500);
    expect([clock.now(), clock.waits, rest.isOver]).toEqual([500, [500], false]);
  });

  it('is cut short by the end, and none is taken after it', async () => {
    const clock = new VirtualClock(epochMsOf(0));
    const rest = new Rest(clock);
    const taken = rest.take(500);
    rest.end();
    await taken;
    await rest.take(500);
    expect([clock.waits, rest.isOver]).toEqual([[], true]);
  });

  it('leaves nothing behind of those that were taken before', async () => {
    const cancelled: number[] = [];
    let number = 0;
    const rest = new Rest({
      timer: () => {
        const own = (number += 1);
        return { elapsed: Promise.resolve(), cancel: () => cancelled.push(own) };
      },
    });
    for (let turn = 0; turn < 3; turn += 1) await rest.take(1);
    expect(cancelled).toEqual([1, 2, 3]);
  });
});
