import { describe, expect, it } from 'vitest';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { answers, leaveClaimed, written } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, NOW } from '../../../support/stage-records.ts';

describe('claims', () => {
  it('of another worker are waited for', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    leaveClaimed(bench, 'other', { leaseUntil: epochMsOf(NOW + 4_000) });
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(in-flight)']);
    expect(bench.clock.waits).toEqual([4_000]);
    expect(bench.sent).toHaveLength(1);
  });

  it('of workers that vanished are run alone, after everything else of the batch is out', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    leaveClaimed(bench, 'gone');
    bench.producer.out.length = 0;
    const outAtSend: number[] = [];
    bench.answer = () => {
      outAtSend.push(bench.producer.out.length);
      return answers.done;
    };
    const { verdicts } = await bench.action([decision(1), decision(2), decision(3)]);
    expect(verdicts).toEqual(['done', 'done', 'done']);
    // Two side by side, then the one that may kill its worker, when their outcomes are out.
    expect(outAtSend).toEqual([0, 0, 2]);
    const maybeSent = [...bench.ledger.items.values()].filter((item) => item.maybeSent);
    expect(maybeSent).toMatchObject([{ state: 'DONE' }]);
  });

  it('that killed their workers alone as often as the contract allows are given up, unsent', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    leaveClaimed(bench, 'gone', { alone: true, attempts: 4, firstAttempt: epochMsOf(NOW - 45_000) });
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.ledger.only.attempts).toBe(5);
  });

  it.each([
    ['suppress', { kind: 'suppress', reason: 'below-threshold' } as const, 'suppressed(below-threshold)'],
    ['fail', { kind: 'fail', reason: 'schema', message: 'no' } as const, 'dead-lettered(schema)'],
  ])('taken over leave no doubt about frozen work that says "%s"', async (_, work, verdict) => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    leaveClaimed(bench, 'gone', { work });
    expect((await bench.action([decision(1)])).verdicts).toEqual([verdict]);
    expect(bench.ledger.only.maybeSent).toBe(false);
  });

  it('without an answer are sent again, and are ours where the first write got through', async () => {
    const bench = new StageBench();
    bench.ledger.fault = ({ transition }, count) =>
      transition.name === 'claim' && count === 0 ? 'lost' : undefined;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(written(bench)).toBe('claim claim complete');
  });

  it('without any answer leave the record to a later delivery', async () => {
    const bench = new StageBench();
    bench.ledger.fault = ({ transition }) => (transition.name === 'claim' ? 'down' : undefined);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    expect(bench.sent).toEqual([]);
  });

  it('are not begun where the time is short', async () => {
    const bench = new StageBench();
    const result = await bench.action([decision(1)], { deadline: epochMsOf(NOW + 1_700) });
    expect(result.verdicts).toEqual(['retry(no-time-left)']);
    expect([...bench.ledger.items]).toEqual([]);
  });

  it('that are lost while they run drop their own result and emit the stored one', async () => {
    const bench = new StageBench();
    let stolen = false;
    bench.answer = () => {
      bench.ledger.only = { ...bench.ledger.only, owner: 'thief' };
      stolen = true;
      return answers.done;
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(in-flight)']);
    expect(stolen).toBe(true);
    expect(bench.producer.out).toEqual([]);
  });
});
