import { describe, expect, it } from 'vitest';
import { MappingBench, mappingConfig, ok, recordsOf } from '../../../support/mapping-bench.ts';

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
