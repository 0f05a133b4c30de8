import { expect, it, onTestFinished } from 'vitest';
import type { OperationsStore, Read } from '../../../../lib/core/ports/stores.ts';
import type { Clock } from '../../../../lib/core/ports/clock.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { KillSwitchWatch } from '../../../../lib/local/stages/kill-switch-watch.ts';

/** Every look takes half a second of a clock that is moved by looking. */
const bench = (
  answers: readonly (boolean | 'unavailable')[],
): { done: Promise<void>; log: string[]; watch: KillSwitchWatch } => {
  const log: string[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let now = 0;
  let looks = 0;
  const operations = {
    paused: async (stage: string): Promise<Read<boolean>> => {
      expect(stage).toBe('action');
      const answer = answers[looks] ?? answers.at(-1) ?? false;
      looks += 1;
      if (looks > answers.length) resolve();
      log.push(`${now} ${String(answer)}`);
      return answer === 'unavailable'
        ? { kind: 'unavailable', cause: undefined }
        : { kind: 'read', value: answer };
    },
  } as unknown as OperationsStore;
  const clock: Clock = {
    now: () => epochMsOf(now),
    timer: (ms) => {
      now += ms;
      return { elapsed: new Promise((next) => setImmediate(next)), cancel: () => {} };
    },
  };
  const mapping = {
    disable: async () => void log.push('disable'),
    enable: async () => void log.push('enable'),
  };
  const watch = new KillSwitchWatch(operations, 'action', mapping, clock);
  watch.start();
  onTestFinished(() => watch.stop());
  return { done, log, watch };
};

const changes = (log: readonly string[]): readonly string[] => log.filter((line) => !line.includes(' '));

it('disables the mapping of a switch that stays on, once, and enables it when the switch is off', async () => {
  const on = Array.from({ length: 12 }, () => true);
  const { done, log } = bench([false, ...on, false, false]);
  await done;
  expect(changes(log)).toEqual(['disable', 'enable']);
  // On since the look at 500 ms: disabled at the first look three seconds later.
  expect(log[log.indexOf('disable') - 1]).toBe('3500 true');
  expect(log[log.indexOf('enable') - 1]).toBe('6500 false');
});

it('leaves it alone for a switch that was on for a moment', async () => {
  const { done, log, watch } = bench([true, true, true, false, true, true, true, false]);
  await done;
  expect(changes(log)).toEqual([]);
  expect(watch.isOn).toBe(false);
});

it('takes a store that does not answer for no news', async () => {
  const unheard = Array.from({ length: 8 }, () => 'unavailable' as const);
  const { done, log } = bench([true, ...unheard, false]);
  await done;
  expect(changes(log)).toEqual(['disable', 'enable']);
});
