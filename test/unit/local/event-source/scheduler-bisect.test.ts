import { describe, expect, it } from 'vitest';
import {
  failed,
  loggedRecord,
  MappingBench,
  mappingConfig,
  ok,
  partly,
  recordsOf,
} from '../../../support/mapping-bench.ts';

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
