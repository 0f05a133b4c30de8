import { describe, expect, it } from 'vitest';
import { toIso, epochMsOf } from '../../../../lib/core/units.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, headerOf, NOW, vector } from '../../../support/stage-records.ts';

const stages = [
  ['inference', vector],
  ['action', decision],
] as const;

describe('the wait for a record in flight', () => {
  it.each(stages)('comes when everything else of the batch is out (%s)', async (stage, record) => {
    const bench = new StageBench();
    await bench[stage]([record(1)]);
    bench.ledger.only = {
      ...bench.ledger.only,
      state: 'CLAIMED',
      owner: 'other',
      leaseUntil: epochMsOf(NOW + 4_000),
    };
    bench.producer.out.length = 0;
    expect((await bench[stage]([record(1), record(2)])).verdicts).toEqual(['retry(in-flight)', 'done']);
    expect(bench.producer.out.map((made) => headerOf(made, 'ce_time'))).toEqual([toIso(NOW)]);
    expect(bench.clock.waits).toEqual([4_000]);
  });
});
