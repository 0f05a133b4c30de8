import { expect, it } from 'vitest';
import type { AppendWatch } from '../../../../lib/core/ports/event-log.ts';
import { LogWatch } from '../../../../lib/local/event-source/log-watch.ts';

/** A log that is told when to say something, and when it waits no more. */
const openBench = () => {
  const asked: { watch: AppendWatch; over: () => void }[] = [];
  let appends = 0;
  const log = {
    watch: (watch: AppendWatch): Promise<void> =>
      new Promise<void>((resolve) => {
        asked.push({ watch, over: resolve });
      }),
  };
  return { asked, watch: new LogWatch(log, () => (appends += 1)), appends: () => appends };
};

const ends = (...partitions: readonly number[]) =>
  partitions.map((partition) => ({ partition, earliest: 0, end: 10 + partition }));

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

it('watches partitions from their ends on, and no other', () => {
  const { asked, watch } = openBench();
  expect(watch.covers([0])).toBe(false);
  watch.begin('orders', ends(0, 2));
  expect(asked[0]?.watch).toMatchObject({
    topic: 'orders',
    from: [
      { partition: 0, offset: 10 },
      { partition: 2, offset: 12 },
    ],
  });
  expect([watch.covers([0]), watch.covers([2, 0]), watch.covers([0, 1])]).toEqual([true, true, false]);
});

it('asks once for as long as it waits', () => {
  const { asked, watch } = openBench();
  watch.begin('orders', ends(0, 1));
  watch.begin('orders', ends(0));
  watch.begin('orders', []);
  expect(asked).toHaveLength(1);
});

it('covers nothing after the first record, until it is begun again', async () => {
  const { asked, watch, appends } = openBench();
  watch.begin('orders', ends(0));
  asked[0]?.watch.onAppend();
  expect([appends(), watch.covers([0])]).toEqual([1, false]);
  // What it waited with is not over: it would hear of nothing.
  watch.begin('orders', ends(0));
  expect([asked.length, watch.covers([0])]).toEqual([1, false]);
  asked[0]?.over();
  await settled();
  watch.begin('orders', ends(0));
  expect([asked.length, watch.covers([0])]).toEqual([2, true]);
});

it('ends the watch of others before it watches more', async () => {
  const { asked, watch } = openBench();
  watch.begin('orders', ends(0));
  watch.begin('orders', ends(0, 1));
  expect([asked.length, asked[0]?.watch.signal.aborted, watch.covers([0])]).toEqual([1, true, false]);
  asked[0]?.over();
  await settled();
  watch.begin('orders', ends(0, 1));
  expect([asked.length, watch.covers([0, 1])]).toEqual([2, true]);
});

it('hears nothing more once it has ended', () => {
  const { asked, watch, appends } = openBench();
  watch.begin('orders', ends(0));
  watch.end();
  asked[0]?.watch.onAppend();
  expect([appends(), watch.covers([0]), asked[0]?.watch.signal.aborted]).toEqual([0, false, true]);
});

it('covers nothing that the log has given up', async () => {
  const { asked, watch, appends } = openBench();
  watch.begin('orders', ends(0));
  asked[0]?.over();
  await settled();
  expect([appends(), watch.covers([0])]).toEqual([0, false]);
});

it('watches nothing on a log that cannot say', () => {
  const watch = new LogWatch({}, () => {});
  watch.begin('orders', ends(0));
  expect(watch.covers([0])).toBe(false);
});
