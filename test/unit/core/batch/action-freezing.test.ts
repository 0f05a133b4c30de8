import { describe, expect, it } from 'vitest';
import { written } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision } from '../../../support/stage-records.ts';

describe('freezing', () => {
  it('is tried once more; completed without an answer, it is what is stored that is emitted', async () => {
    const bench = new StageBench();
    let completes = 0;
    bench.ledger.fault = ({ transition }) => {
      if (transition.name !== 'complete') return undefined;
      completes += 1;
      return completes === 1 ? 'lost' : undefined;
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(written(bench)).toBe('claim complete complete');
    expect(bench.producer.out).toHaveLength(1);
  });

  it('comes before the emission: what is not frozen is not emitted', async () => {
    const bench = new StageBench();
    bench.ledger.fault = ({ transition }) => (transition.name === 'complete' ? 'down' : undefined);
    expect(await bench.action([decision(1)])).toEqual({
      verdicts: ['retry(store-unavailable)'],
      unfinished: [1],
    });
    expect(bench.producer.out).toEqual([]);
    expect(bench.ledger.only.state).toBe('CLAIMED');
  });

  it('outlives an emission that fails: the next delivery emits what is stored', async () => {
    const bench = new StageBench();
    bench.producer.answer = () => ({ kind: 'failed', cause: new Error('no leader') });
    expect(await bench.action([decision(1)])).toEqual({ verdicts: ['retry(not-produced)'], unfinished: [1] });
    bench.producer.answer = () => undefined;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.producer.out).toHaveLength(1);
  });
});
