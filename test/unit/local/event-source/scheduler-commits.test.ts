import { describe, expect, it } from 'vitest';
import { loggedRecord, MappingBench, mappingConfig, ok, recordsOf } from '../../../support/mapping-bench.ts';

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
