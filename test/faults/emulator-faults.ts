import { setTimeout as pause } from 'node:timers/promises';
import { noVariant, type Fault } from './fault.ts';
import { until } from './waiting.ts';

/** Longer than a lease, which is 9 s at most, and than its group waits for a member, which is 8 s. */
const frozenMs = 12_000;

const emulatorFrozen: Fault = {
  name: 'emulator-frozen',
  needsOwnServices: false,
  variantOf: (seed) => ({ policy: seed % 2 === 0 ? 'keyed' : 'at-most-once' }),
  play: async (stream) => {
    const [frozen] = [await stream.start(stream.folder()), await stream.start(stream.folder())];
    const stop = new AbortController();
    const sending = stream.producer.sendUntil(stop.signal, 300);
    try {
      await until('the first effects', () => stream.requests.length > 2);
      await pause(stream.chance(0, 1_500));
      frozen.signal('SIGSTOP');
      const before = await stream.commits('features');
      await pause(frozenMs);
      await until('the other emulator to take over', async () =>
        (await stream.commits('features')).every(
          ({ committed, end }, index) => end === 0 || committed > (before[index]?.committed ?? 0),
        ),
      );
      frozen.signal('SIGCONT');
    } finally {
      stop.abort();
      await sending;
    }
    await stream.settled();
    return [];
  },
};

const rebalanced: Fault = {
  name: 'group-rebalanced',
  needsOwnServices: false,
  variantOf: noVariant,
  play: async (stream, seed) => {
    await stream.start(stream.folder());
    const sending = stream.producer.send(200, 15_000);
    const state = stream.folder();
    for (let round = 0; round < 2; round += 1) {
      const joining = await stream.start(state);
      await pause(stream.chance(200, 2_000));
      // Some leave, and some vanish.
      await ((seed + round) % 2 === 0 ? joining.stop() : joining.kill());
    }
    await sending;
    await stream.settled();
    return [];
  },
};

const outOfMemory: Fault = {
  name: 'out-of-memory',
  needsOwnServices: false,
  // What kills a fold is given up on by the mapping: it must not take long to. All memory is not taken in no time, though: on a
  // busy machine, whose own is far away, a worker was out of time before.
  variantOf: () => ({ retries: 6, timeoutSeconds: 20 }),
  play: async (stream, seed) => {
    const emulator = await stream.start(stream.folder());
    const sending = stream.producer.send(60, 2_000);
    await pause(stream.chance(0, 1_500));
    await stream.producer.sendOnce([seed % 2 === 0 ? 'hungry-model' : 'hungry-fold']);
    await sending;
    await stream.settled(180_000);
    if (!emulator.output.includes('used up the memory of its worker'))
      throw new Error('no worker ran out of memory');
    return [];
  },
};

export const emulatorFaults: readonly Fault[] = [emulatorFrozen, rebalanced, outOfMemory];
