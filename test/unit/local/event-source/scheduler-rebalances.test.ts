import { describe, expect, it } from 'vitest';
import {
  failed,
  loggedRecord,
  MappingBench,
  mappingConfig,
  ok,
  recordsOf,
} from '../../../support/mapping-bench.ts';

describe('rebalances', () => {
  it('keeps what it still owns, lets go of the rest, and begins new partitions where they were committed', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1, concurrency: 5 }), {
      0: recordsOf(0, 2),
      1: recordsOf(1, 2),
      2: recordsOf(2, 5),
    });
    bench.assign([0]);
    bench.committed.set(2, 4);
    bench.assign([0, 2]);
    expect(bench.invoked).toEqual([['0:0'], ['1:0'], ['2:0'], ['2:4']]);
    expect(bench.scheduler.position(1)).toBeUndefined();
  });

  it('the result of a revoked partition counts for nothing there', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 1_000 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
    });
    bench.sleep();
    bench.assign([1]);
    bench.answer(ok());
    expect(bench.of('commit').map(({ offsets }) => offsets)).toEqual([[{ partition: 1, offset: 1 }]]);
  });

  it('delivers a partition that came back again while its old invocation is still running', () => {
    const bench = MappingBench.enabled(mappingConfig(), { 0: recordsOf(0, 1) });
    bench.assign([]);
    bench.assign([0]);
    expect(bench.invoked).toEqual([['0:0'], ['0:0']]);
    bench.answer(ok(), 1);
    expect(bench.of('commit')).toEqual([]);
    bench.answer(failed, 2);
    bench.sleep();
    expect(bench.invoked).toHaveLength(3);
  });

  it('does not retry what it no longer owns', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 1_000 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
    });
    bench.sleep();
    bench.answer(failed);
    bench.assign([1]);
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['1:0']);
    bench.assign([]);
    bench.finish();
    expect(bench.scheduler.settled).toBe(true);
  });

  it('nor what it lost while it was in flight', () => {
    const bench = MappingBench.enabled(mappingConfig({ windowMs: 1_000 }), {
      0: recordsOf(0, 1),
      1: recordsOf(1, 1),
    });
    bench.sleep();
    bench.assign([1]);
    bench.answer(failed);
    bench.sleep();
    expect(bench.invoked.at(-1)).toEqual(['1:0']);
  });

  it('commits nothing more of what it no longer owns, be it due or failed', () => {
    const bench = MappingBench.enabled(mappingConfig({ batchSize: 1 }), { 0: recordsOf(0, 2) });
    bench.answer(ok());
    bench.answer(ok());
    bench.assign([]);
    bench.on({ kind: 'commit-failed', commitId: 1 });
    bench.pass(60_000);
    expect(bench.of('commit').map(({ offsets }) => offsets)).toEqual([[{ partition: 0, offset: 1 }]]);
    expect(bench.scheduler.settled).toBe(true);
  });

  it('deals partitions out to the pollers anew', () => {
    const bench = MappingBench.enabled(mappingConfig({ pollers: 2, windowMs: 1_000 }), {
      0: [],
      1: [],
      2: [],
    });
    bench.assign([1, 2]);
    bench.append(loggedRecord(1, 0), loggedRecord(2, 0));
    bench.sleep();
    expect(bench.invoked).toEqual([['1:0'], ['2:0']]);
  });
});
