import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import {
  failed,
  loggedRecord,
  mappingConfig,
  MappingBench,
  ok,
  partly,
  recordsOf,
  START,
} from '../../../support/mapping-bench.ts';

describe('batching', () => {
  it('invokes when the window ends, counted from the first record', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 500 }), { 0: recordsOf(0, 1) });
    bench.pass(300);
    bench.append(loggedRecord(0, 1));
    bench.pass(199);
    expect(bench.invoked).toEqual([]);
    bench.pass(1);
    expect(bench.invoked).toEqual([['0:0', '0:1']]);
  });

  it('asks to be woken when the window ends', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 2_000 }), { 0: recordsOf(0, 1) });
    expect(bench.of('wake').at(-1)?.at).toBe(START + 2_000);
  });

  it('asks again where the tick came too early', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 2_000 }), { 0: recordsOf(0, 1) });
    bench.pass(100);
    expect(bench.of('wake').map(({ at }) => at)).toEqual([START + 2_000, START + 2_000]);
  });

  it('invokes before the window ends once there are as many records as the batch size', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 60_000, batchSize: 3 }), {
      0: recordsOf(0, 5),
    });
    expect(bench.invoked).toEqual([['0:0', '0:1', '0:2']]);
  });

  it('invokes before the window ends once another record would not fit', () => {
    const value = bytesOf('x'.repeat(3_000));
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 60_000, batchBytes: 10_000 }), {
      0: recordsOf(0, 3, { value }),
    });
    expect(bench.invoked).toEqual([['0:0', '0:1']]);
  });

  it('mixes the partitions of one poller in a payload, each in order', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 1_000 }), {
      0: recordsOf(0, 2),
      1: recordsOf(1, 2),
    });
    bench.sleep();
    expect(bench.invoked).toEqual([['0:0', '0:1', '1:0', '1:1']]);
  });

  it('never mixes the partitions of different pollers', () => {
    const bench = MappingBench.enabled(mappingConfig({ pollers: 2, windowMs: 1_000 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
      2: recordsOf(2, 1),
    });
    bench.sleep();
    expect(bench.invoked).toEqual([['0:0', '2:0'], ['1:0']]);
  });

  it('has one batch of a partition in flight at a time', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), { 0: recordsOf(0, 3) });
    expect(bench.invoked).toEqual([['0:0']]);
    bench.pass(10_000);
    expect(bench.invoked).toEqual([['0:0']]);
    bench.answer(ok());
    expect(bench.invoked).toEqual([['0:0'], ['0:1']]);
  });

  it('invokes no more side by side than the concurrency allows, whoever has waited longest first', () => {
    const bench = MappingBench.enabled(mappingConfig({ pollers: 3, concurrency: 1 }), {
      0: [],
      1: [],
      2: [],
    });
    for (const partition of [2, 1, 0]) {
      bench.append(loggedRecord(partition, 0));
      bench.pass(1);
    }
    expect(bench.invoked).toEqual([['2:0']]);
    bench.answer(ok());
    bench.answer(ok());
    expect(bench.invoked).toEqual([['2:0'], ['1:0'], ['0:0']]);
  });

  it('lets one poller have five invocations side by side', () => {
    const partitions = Object.fromEntries(Array.from({ length: 7 }, (_, p) => [p, recordsOf(p, 1)]));
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), partitions);
    expect(bench.invoked).toHaveLength(5);
  });
});

describe('commits', () => {
  it('commits behind a batch once it is processed, and not before', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: recordsOf(0, 2) });
    expect(bench.of('commit')).toEqual([]);
    bench.answer(ok());
    expect(bench.of('commit').map(({ offsets }) => offsets)).toEqual([[{ partition: 0, offset: 2 }]]);
    bench.commitAll();
    expect(bench.scheduler.settled).toBe(true);
    expect(bench.scheduler.counters.CommittedEventCount).toBe(2);
  });

  it('has one commit of a partition under way, and sends the newest when it is through', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), { 0: recordsOf(0, 3) });
    for (let batch = 0; batch < 3; batch += 1) bench.answer(ok());
    expect(bench.of('commit')).toHaveLength(1);
    bench.commitAll();
    expect(bench.of('commit').map(({ offsets }) => offsets[0]?.offset)).toEqual([1, 3]);
  });

  it('tries a commit that failed again', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: recordsOf(0, 1) });
    bench.answer(ok());
    bench.on({ kind: 'commit-failed', commitId: 1 });
    expect(bench.of('commit')).toHaveLength(1);
    bench.sleep();
    expect(bench.of('commit').at(-1)).toEqual({
      kind: 'commit',
      commitId: 2,
      offsets: [{ partition: 0, offset: 1 }],
    });
    expect(bench.scheduler.counters.CommitErrorCount).toBe(1);
  });

  it('steps over gaps that compaction left', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: [loggedRecord(0, 3), loggedRecord(0, 9)] });
    bench.finish();
    expect(bench.committed.get(0)).toBe(10);
  });
});

describe('failures', () => {
  it('retries a batch for ever by default, and holds its partitions', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 2 }), {
      0: recordsOf(0, 4),
    });
    for (let attempt = 0; attempt < 50; attempt += 1) {
      bench.answer(failed);
      bench.sleep();
    }
    expect(bench.invoked).toEqual(Array.from({ length: 51 }, () => ['0:0', '0:1']));
    expect(bench.of('commit')).toEqual([]);
  });

  it('waits longer from try to try, up to a limit', () => {
    const bench = MappingBench.enabled(mappingConfig({ backoff: { firstMs: 100, maxMs: 400 } }), {
      0: recordsOf(0, 1),
    });
    const waits = Array.from({ length: 4 }, () => {
      bench.answer(failed);
      const before = bench.now;
      bench.sleep();
      return bench.now - before;
    });
    expect(waits).toEqual([100, 200, 400, 400]);
  });

  it('a failing partition does not delay another one', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), { 0: recordsOf(0, 1), 1: [] });
    bench.answer(failed);
    bench.append(loggedRecord(1, 0));
    expect(bench.invoked).toEqual([['0:0'], ['1:0']]);
  });

  it('gives up after the first try and so many retries, drops, and goes on', () => {
    const bench = MappingBench.enabled(mappingConfig({ retries: 2, batchSize: 1 }), { 0: recordsOf(0, 2) });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      bench.answer(failed);
      bench.sleep();
    }
    expect(bench.of('discard')).toEqual([]);
    bench.answer(failed);
    const discarded = bench.of('discard')[0]?.discarded;
    expect(discarded).toMatchObject({
      condition: 'retries-exhausted',
      invocationId: 3,
      invokeCount: 3,
      functionError: 'Unhandled',
    });
    expect(discarded?.unfinished.map(({ offset }) => offset)).toEqual([0]);
    bench.on({ kind: 'discarded', discardId: 1, outcome: 'done' });
    bench.finish();
    expect(bench.committed.get(0)).toBe(2);
    expect(bench.scheduler.counters).toMatchObject({ DroppedEventCount: 1, FailedInvokeEventCount: 3 });
  });

  it('with retries 0 gives up at the first failure', () => {
    const bench = MappingBench.enabled(mappingConfig({ retries: 0 }), { 0: recordsOf(0, 1) });
    bench.answer(failed);
    expect(bench.of('discard')).toHaveLength(1);
  });

  it('a timeout is a failure', () => {
    const bench = MappingBench.enabled(mappingConfig({ retries: 0 }), { 0: recordsOf(0, 1) });
    bench.answer({ kind: 'timeout', afterMs: 3_000 });
    expect(bench.of('discard')).toHaveLength(1);
  });

  it('a throttle uses up no retry', () => {
    const bench = MappingBench.enabled(mappingConfig({ retries: 0 }), { 0: recordsOf(0, 1) });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      bench.answer({ kind: 'throttled' });
      bench.sleep();
    }
    expect(bench.of('discard')).toEqual([]);
    bench.finish();
    expect(bench.committed.get(0)).toBe(1);
    expect(bench.scheduler.counters).toMatchObject({ FailedInvokeEventCount: 0, InvokeErrorCount: 5 });
  });
});

describe('bisect', () => {
  const poisonAt = (bench: MappingBench, offset: number): void => {
    while (bench.of('discard').length === 0 && !bench.scheduler.settled) {
      const records = bench.of('invoke').at(-1)?.records ?? [];
      const answered = records.some((record) => record.offset === offset) ? failed : ok();
      const before = bench.of('invoke').length;
      bench.answer(answered);
      bench.commitAll();
      if (
        bench.of('invoke').length === before &&
        bench.of('discard').length === 0 &&
        !bench.scheduler.settled
      )
        bench.sleep();
    }
  };

  it('halves a failed batch until the poison record stands alone, in order', () => {
    const bench = MappingBench.enabled(mappingConfig({ bisect: true, retries: 1, batchSize: 8 }), {
      0: recordsOf(0, 8),
    });
    poisonAt(bench, 5);
    expect(bench.invoked.map((batch) => batch.join(' '))).toEqual([
      '0:0 0:1 0:2 0:3 0:4 0:5 0:6 0:7',
      '0:0 0:1 0:2 0:3',
      '0:4 0:5 0:6 0:7',
      '0:4 0:5',
      '0:4',
      '0:5',
      '0:5',
    ]);
    expect(bench.of('discard')[0]?.discarded.unfinished.map(({ offset }) => offset)).toEqual([5]);
    bench.on({ kind: 'discarded', discardId: 1, outcome: 'done' });
    bench.finish();
    expect(bench.committed.get(0)).toBe(8);
  });

  it('where splitting uses up retries, gives up on what is left of the batch', () => {
    const bench = MappingBench.enabled(
      mappingConfig({ bisect: true, retries: 1, batchSize: 8, undocumented: { splitting: 'uses-a-retry' } }),
      { 0: recordsOf(0, 8) },
    );
    poisonAt(bench, 5);
    expect(bench.of('discard')[0]?.discarded.unfinished.map(({ offset }) => offset)).toEqual([4, 5, 6, 7]);
  });

  it('lets go of the partitions that are not in the failing half', () => {
    const bench = MappingBench.enabled(mappingConfig({ bisect: true, windowMs: 1_000 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
    });
    bench.sleep();
    bench.answer(failed);
    bench.sleep();
    expect(bench.invoked.slice(1)).toEqual([['0:0'], ['1:0']]);
    bench.answer(ok(), 3);
    bench.append(loggedRecord(1, 1));
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['1:1']);
  });

  it('a partial failure is not split', () => {
    const bench = MappingBench.enabled(
      mappingConfig({ bisect: true, partialResponses: true, batchSize: 4 }),
      {
        0: recordsOf(0, 4),
      },
    );
    bench.answer(partly([0, 2], [0, 3]));
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['0:2', '0:3']);
  });
});

describe('partial responses', () => {
  const config = mappingConfig({ partialResponses: true, windowMs: 1_000 });

  it('resumes each partition at its first reported offset, and commits up to it', () => {
    const bench = MappingBench.enabled(config, { 0: recordsOf(0, 4), 1: recordsOf(1, 2) });
    bench.sleep();
    bench.answer(partly([0, 3], [0, 1]));
    bench.commitAll();
    expect(bench.committed).toEqual(
      new Map([
        [0, 1],
        [1, 2],
      ]),
    );
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['0:1', '0:2', '0:3']);
  });

  it('or retries only what was listed, and commits no further meanwhile', () => {
    const bench = MappingBench.enabled(
      { ...config, undocumented: { ...config.undocumented, afterPartialFailure: 'retry-listed-only' } },
      { 0: recordsOf(0, 4) },
    );
    bench.sleep();
    bench.answer(partly([0, 3], [0, 1]));
    bench.commitAll();
    expect(bench.committed.get(0)).toBe(1);
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['0:1', '0:3']);
    bench.answer(ok());
    bench.commitAll();
    expect(bench.committed.get(0)).toBe(4);
  });

  it('retries the whole batch where an identifier is not in the event', () => {
    const bench = MappingBench.enabled(config, { 0: recordsOf(0, 2) });
    bench.sleep();
    bench.answer(partly([0, 1], [0, 7]));
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['0:0', '0:1']);
    expect(bench.of('commit')).toEqual([]);
  });

  it('are not looked at where the mapping does not ask for them', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: recordsOf(0, 2) });
    bench.answer(partly([0, 0]));
    bench.commitAll();
    expect(bench.committed.get(0)).toBe(2);
  });

  it.each([
    ['retries-kept', ['0:0 0:1 0:2 0:3', '0:1 0:2 0:3']],
    ['retries-restored', ['0:0 0:1 0:2 0:3', '0:1 0:2 0:3', '0:2 0:3']],
  ] as const)('after some success: %s', (afterProgress, batches) => {
    const bench = MappingBench.enabled(
      mappingConfig({ partialResponses: true, retries: 1, batchSize: 4, undocumented: { afterProgress } }),
      { 0: recordsOf(0, 4) },
    );
    for (const result of [partly([0, 1]), partly([0, 2]), failed, failed]) {
      if (bench.of('discard').length > 0) break;
      bench.answer(result);
      if (bench.of('discard').length === 0) bench.sleep();
    }
    expect(bench.invoked.map((batch) => batch.join(' '))).toEqual(batches);
  });

  it.each([
    ['unfinished', [1, 2]],
    ['last-invocation', [0, 1, 2]],
  ] as const)('the destination is told of the %s', (destinationFor, offsets) => {
    const bench = MappingBench.enabled(
      mappingConfig({
        partialResponses: true,
        retries: 0,
        destination: { kind: 'kafka', topic: 'orders.dlq' },
        undocumented: { destinationFor },
      }),
      { 0: recordsOf(0, 3) },
    );
    bench.answer(partly([0, 1], [0, 2]));
    const discarded = bench.of('discard')[0]?.discarded;
    expect(discarded?.handedOver.map(({ offset }) => offset)).toEqual(offsets);
    expect(discarded?.unfinished.map(({ offset }) => offset)).toEqual([1, 2]);
    expect(discarded?.functionError).toBeNull();
  });
});

describe('giving up', () => {
  const toKafka = { retries: 0, destination: { kind: 'kafka', topic: 'orders.dlq' } } as const;

  it('keeps trying a destination that cannot be written, and commits nothing past it', () => {
    const bench = MappingBench.enabled(mappingConfig({ ...toKafka, batchSize: 1 }), { 0: recordsOf(0, 2) });
    bench.answer(failed);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      bench.on({ kind: 'discarded', discardId: attempt, outcome: attempt % 2 === 0 ? 'refused' : 'failed' });
      expect(bench.of('commit')).toEqual([]);
      expect(bench.invoked).toEqual([['0:0']]);
      bench.sleep();
    }
    bench.on({ kind: 'discarded', discardId: 6, outcome: 'done' });
    bench.finish();
    expect(bench.committed.get(0)).toBe(2);
    expect(bench.scheduler.counters).toMatchObject({
      OnFailureDestinationDeliveredEventCount: 1,
      OnFailureDestinationDeliveryErrorCount: 5,
      DroppedEventCount: 0,
    });
  });

  it('or drops what its destination refuses', () => {
    const bench = MappingBench.enabled(
      mappingConfig({ ...toKafka, undocumented: { whenRefused: 'dropped' } }),
      {
        0: recordsOf(0, 1),
      },
    );
    bench.answer(failed);
    bench.on({ kind: 'discarded', discardId: 1, outcome: 'refused' });
    bench.finish();
    expect(bench.committed.get(0)).toBe(1);
    expect(bench.scheduler.counters.DroppedEventCount).toBe(1);
  });

  it('gives up on records above the age, without invoking them', () => {
    const bench = MappingBench.enabled(mappingConfig({ maxAgeMs: 60_000 }), {
      0: [
        loggedRecord(0, 0),
        loggedRecord(0, 1, { timestamp: epochMsOf(START - 60_001) }),
        loggedRecord(0, 2, { timestamp: epochMsOf(START - 60_000) }),
      ],
    });
    const discarded = bench.of('discard')[0]?.discarded;
    expect(discarded).toMatchObject({ condition: 'age-exceeded', invocationId: null, invokeCount: 0 });
    expect(discarded?.unfinished.map(({ offset }) => offset)).toEqual([1]);
    bench.on({ kind: 'discarded', discardId: 1, outcome: 'done' });
    expect(bench.invoked).toEqual([['0:0', '0:2']]);
    bench.finish();
    expect(bench.committed.get(0)).toBe(3);
  });

  it('gives up on a batch that grew too old while it was retried', () => {
    const bench = MappingBench.enabled(mappingConfig({ maxAgeMs: 60_000 }), { 0: recordsOf(0, 1) });
    bench.answer(failed);
    bench.pass(60_001);
    expect(bench.of('discard')[0]?.discarded).toMatchObject({ condition: 'age-exceeded', invokeCount: 1 });
    expect(bench.invoked).toHaveLength(1);
  });

  it('gives up on a record that fits into no payload, and on that one alone', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchBytes: 2_000 }), {
      0: [loggedRecord(0, 0), loggedRecord(0, 1, { value: bytesOf('x'.repeat(2_000)) }), loggedRecord(0, 2)],
    });
    bench.answer(ok());
    expect(bench.of('discard')[0]?.discarded).toMatchObject({
      condition: 'payload-too-large',
      invocationId: null,
    });
    bench.on({ kind: 'discarded', discardId: 1, outcome: 'done' });
    expect(bench.invoked).toEqual([['0:0'], ['0:2']]);
  });
});

describe('filters', () => {
  it('counts and commits what they leave out, never past what they let through', () => {
    const typed = (offset: number, type: string) =>
      loggedRecord(0, offset, { value: bytesOf(JSON.stringify({ type })) });
    const bench = MappingBench.enabled(mappingConfig({ filters: [{ value: { type: ['wanted'] } }] }), {
      0: [typed(0, 'other'), typed(1, 'wanted'), typed(2, 'other')],
    });
    bench.commitAll();
    expect(bench.committed.get(0)).toBe(1);
    expect(bench.invoked).toEqual([['0:1']]);
    bench.finish();
    expect(bench.committed.get(0)).toBe(3);
    expect(bench.scheduler.counters).toMatchObject({ FilteredOutEventCount: 2, PolledEventCount: 3 });
  });
});

describe('fetching', () => {
  it('fetches again at the next tick where there was nothing, and later where the log failed', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: [] });
    bench.on({ kind: 'fetched', fetchId: 1, records: [] });
    expect(bench.of('fetch')).toHaveLength(1);
    bench.pass(1);
    expect(bench.of('fetch')).toHaveLength(2);
    bench.on({ kind: 'fetch-failed', fetchId: 2 });
    expect(bench.of('fetch')).toHaveLength(2);
    bench.sleep();
    expect(bench.of('fetch')).toHaveLength(3);
    expect(bench.scheduler.counters.PollingErrorCount).toBe(1);
  });

  it('passes over records before the one it asked for: brokers answer with whole batches', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 2 }), { 0: [] });
    bench.on({ kind: 'fetched', fetchId: 1, records: recordsOf(0, 2) });
    bench.on({ kind: 'fetched', fetchId: 2, records: recordsOf(0, 4) });
    bench.answer(ok());
    expect(bench.invoked).toEqual([
      ['0:0', '0:1'],
      ['0:2', '0:3'],
    ]);
  });

  it('fetches the next batch while one is in flight, and no more than that', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 2 }), { 0: recordsOf(0, 9) });
    expect(bench.scheduler.position(0)).toBe(4);
    expect(bench.scheduler.settled).toBe(false);
  });
});
