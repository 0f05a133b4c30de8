import { describe, expect, it } from 'vitest';
import { actionBench } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision } from '../../../support/stage-records.ts';

describe('the limit', () => {
  it('lets out as many as there are tokens, and waits with the rest for the next minute', async () => {
    const bench = new StageBench();
    bench.operations.tokens = 2;
    const result = await bench.action([1, 2, 3].map((offset) => decision(offset)));
    expect(result).toEqual({ verdicts: ['done', 'done', 'retry(limited)'], unfinished: [3] });
    expect(bench.sent).toHaveLength(2);
    expect(bench.clock.waits).toEqual([20_000]);
    expect([...bench.ledger.items.values()].map(({ state, attempts }) => [state, attempts])).toEqual([
      ['DONE', 0],
      ['DONE', 0],
      ['RELEASED', 0],
    ]);
  });

  it('is looked at before the claim', async () => {
    const bench = new StageBench();
    bench.operations.tokens = 0;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(limited)']);
    expect([...bench.ledger.items]).toEqual([]);
  });

  it('is asked of nobody where the contract has none', async () => {
    const bench = actionBench({ limitPerMinute: null });
    bench.operations.tokens = 0;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
  });
});
