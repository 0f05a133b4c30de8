import { describe, expect, it } from 'vitest';
import {
  failed,
  loggedRecord,
  MappingBench,
  mappingConfig,
  recordsOf,
} from '../../../support/mapping-bench.ts';

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
