import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, type SourceRecord } from '../../../lib/core/record.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { atOnce, schedules } from '../../../lib/testing/deliveries.ts';
import { VirtualClock } from '../../../lib/testing/virtual-clock.ts';
import { finished, Worker } from '../../../lib/testing/worker.ts';

const recordsOn = (partitions: readonly number[]): readonly SourceRecord[] =>
  partitions.map((partition, index) => ({
    topic: 't',
    partition,
    offset: partitions.slice(0, index).filter((other) => other === partition).length,
    timestamp: epochMsOf(0),
    timestampType: 'LOG_APPEND_TIME',
    key: bytesOf('k'),
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
          for (const { name, deliveries } of [atOnce(records.length), ...schedules(records, calls)]) {
            const seen = new Set(deliveries.flatMap(({ records: positions }) => positions));
            expect([name, seen.size]).toEqual([name, records.length]);
            const next = new Map<number, number>();
            for (const position of deliveries.flatMap(({ records: positions }) => positions)) {
              const { partition = 0, offset = 0 } = records[position] ?? {};
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
