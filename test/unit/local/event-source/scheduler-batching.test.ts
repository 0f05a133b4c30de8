import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../../lib/core/record.ts';
import {
  loggedRecord,
  MappingBench,
  mappingConfig,
  ok,
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
