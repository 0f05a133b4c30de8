import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, type SourceRecord } from '../../../lib/core/record.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { atOnce, schedules } from '../../../lib/testing/deliveries.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';
import { finished, Worker } from '../../../lib/testing/worker.ts';

const recordsOn = (partitions: readonly number[], keys: readonly number[] = []): readonly SourceRecord[] =>
  partitions.map((partition, index) => ({
    topic: 't',
    partition,
    offset: partitions.slice(0, index).filter((other) => other === partition).length,
    timestamp: epochMsOf(0),
    timestampType: 'LOG_APPEND_TIME',
    key: bytesOf(`k${keys[index] ?? 0}`),
    value: null,
    headers: [],
    listedUnder: `t-${partition}`,
  }));

describe('schedules', () => {
  it('deliver everything, and each partition in order until it is rewound', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
        fc.array(fc.constant('rows.write'), { maxLength: 40 }),
        (partitions, calls) => {
          const records = recordsOn(partitions);
          for (const { name, deliveries, records: laid = records } of [
            atOnce(records.length),
            ...schedules(records, calls),
          ]) {
            const seen = new Set(deliveries.flatMap(({ records: positions }) => positions));
            expect([name, seen.size]).toEqual([name, records.length]);
            const next = new Map<number, number>();
            for (const position of deliveries.flatMap(({ records: positions }) => positions)) {
              const { partition = 0, offset = 0 } = laid[position] ?? {};
              // Never a gap: what comes is the next of its partition, or one that came before.
              expect(offset).toBeLessThanOrEqual(next.get(partition) ?? 0);
              next.set(partition, Math.max(next.get(partition) ?? 0, offset + 1));
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keep the records of a key in their order, under whatever offsets, and change every other order', () => {
    const records = recordsOn([0, 0, 1, 0, 1, 0], [0, 1, 2, 0, 2, 1]);
    const orders = schedules(records, []).flatMap(({ kind, deliveries }) =>
      kind === 'shuffled' ? [deliveries.flatMap(({ records: positions }) => positions)] : [],
    );
    expect(new Set(orders.map(String)).size).toBeGreaterThan(4);
    for (const order of orders)
      for (const key of [0, 1, 2]) {
        const ofKey = order.filter((position) => [0, 1, 2, 0, 2, 1][position] === key);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
  });

  it('end batches anywhere', () => {
    const sizes = schedules(recordsOn([0, 0, 0, 0]), []).flatMap(({ kind, deliveries }) =>
      kind === 'regrouped' ? [deliveries.map(({ records: positions }) => positions.length).join('+')] : [],
    );
    expect(sizes).toEqual(expect.arrayContaining(['1+1+1+1', '1+3', '2+2', '3+1']));
  });

  it('let another worker be faster where rows are written, and nowhere else', () => {
    const overtaken = (calls: readonly string[]): unknown =>
      schedules(recordsOn([0, 0, 0, 0]), calls).flatMap(({ kind, deliveries }) =>
        kind === 'overtaken' ? deliveries.map((delivery) => delivery.overtaken) : [],
      );
    expect(overtaken(['topics.topicIds', 'rows.read', 'rows.write'])).toEqual([
      { call: 2, records: [0, 1, 2, 3] },
      { call: 2, records: [0, 1] },
      { call: 2, records: [0] },
    ]);
    expect(overtaken(['claims.apply'])).toEqual([]);
  });

  it('crash before and after every call', () => {
    const calls = ['topics.topicIds', 'rows.read', 'rows.write'];
    const crashes = schedules(recordsOn([0, 0]), calls).flatMap(({ deliveries }) =>
      deliveries.flatMap(({ crashAt }) => (crashAt ? [`${crashAt.when} ${calls[crashAt.call]}`] : [])),
    );
    expect(crashes.toSorted()).toEqual(
      calls.flatMap((call) => [`after ${call}`, `before ${call}`]).toSorted(),
    );
  });
});

describe('a worker that crashes', () => {
  const store = (): { readonly written: string[]; write(text: string): Promise<string> } => {
    const written: string[] = [];
    return {
      written,
      write: async (text) => {
        written.push(text);
        return `wrote ${text}`;
      },
    };
  };
  const work = async (worker: Worker, target: ReturnType<typeof store>): Promise<string> => {
    const reached = worker.port('store', target);
    await reached.write('a');
    return reached.write('b');
  };

  it.each([
    [undefined, ['a', 'b'], 'wrote b'],
    [{ call: 1, when: 'before' }, ['a'], undefined],
    [{ call: 1, when: 'after' }, ['a', 'b'], undefined],
    [{ call: 0, when: 'before' }, [], undefined],
  ] as const)('at %j', async (crashAt, written, answer) => {
    const worker = new Worker(crashAt);
    const target = store();
    expect(await finished(worker, new VirtualClock(epochMsOf(0)), work(worker, target))).toBe(answer);
    expect(target.written).toEqual(written);
  });

  it('is overtaken: another has its turn, and then its call happens all the same', async () => {
    const target = store();
    const worker = new Worker(undefined, {
      call: 1,
      meanwhile: async () => {
        await target.write('faster');
      },
    });
    expect(await finished(worker, new VirtualClock(epochMsOf(0)), work(worker, target))).toBe('wrote b');
    expect(target.written).toEqual(['a', 'faster', 'b']);
  });

  it('passes on what its work throws', async () => {
    const worker = new Worker();
    await expect(
      finished(worker, new VirtualClock(epochMsOf(0)), Promise.reject(new Error('broken'))),
    ).rejects.toThrow('broken');
  });
});

describe('the virtual clock', () => {
  it('lets timers ring in their order, and stands still otherwise', async () => {
    const clock = new VirtualClock(epochMsOf(1_000));
    const rung: string[] = [];
    const late = clock.timer(500);
    const early = clock.timer(100);
    const cancelled = clock.timer(50);
    void late.elapsed.then(() => rung.push('late'));
    void early.elapsed.then(() => rung.push('early'));
    void cancelled.elapsed.then(() => rung.push('cancelled'));
    cancelled.cancel();
    expect(clock.now()).toBe(1_000);
    expect(clock.ringNext()).toBe(true);
    await early.elapsed;
    expect(clock.now()).toBe(1_100);
    expect(clock.ringNext()).toBe(true);
    await late.elapsed;
    expect([clock.now(), clock.ringNext(), rung]).toEqual([1_500, false, ['early', 'late']]);
  });
});
