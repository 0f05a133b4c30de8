import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../../lib/core/record.ts';
import { loggedRecord, MappingBench, mappingConfig } from '../../../support/mapping-bench.ts';

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
