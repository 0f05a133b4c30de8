import { describe, expect, it } from 'vitest';
import { answers, atMostOnceBench, leaveClaimed, written } from '../../../support/action-bench.ts';
import { decision, headerOf } from '../../../support/stage-records.ts';

describe('at-most-once', () => {
  it('arms each send with a write directly before it', async () => {
    const bench = atMostOnceBench();
    bench.answer = () => {
      expect(bench.ledger.only.armedBy).toBe(bench.ledger.only.owner);
      return answers.done;
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(written(bench)).toBe('claim arm complete');
  });

  it('is in doubt where the answer is unknown, and never sent again', async () => {
    const bench = atMostOnceBench();
    bench.answer = () => answers.unknown;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.producer.out.map((letter) => headerOf(letter, 'freshet.reason'))).toEqual([
      'unknown-outcome',
      'unknown-outcome',
    ]);
  });

  it('is sent again after what was certainly not done', async () => {
    const bench = atMostOnceBench();
    bench.answer = () => answers['not-done'];
    await bench.action([decision(1)]);
    bench.answer = () => answers.done;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(2);
  });

  it('is in doubt where an armed worker vanished, and counts as bad', async () => {
    const bench = atMostOnceBench();
    await bench.action([decision(1)]);
    leaveClaimed(bench, 'gone', { armedBy: 'gone' });
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.report).toMatchObject({ bad: 1, lost: 1, freshness: [] });
    await bench.action([decision(1)]);
    expect(bench.report.bad).toBe(0);
  });

  it('is never sent beside a zombie that arms between the read and the take-over', async () => {
    const bench = atMostOnceBench();
    await bench.action([decision(1)]);
    leaveClaimed(bench, 'zombie', { armedBy: null });
    const vanished = bench.ledger.only;
    bench.ledger.before = ({ transition }) => {
      if (transition.name === 'takeOver') bench.ledger.only = { ...vanished, armedBy: 'zombie' };
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(in-flight)']);
    expect(bench.sent).toHaveLength(1);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.sent).toHaveLength(1);
  });

  it('does not send where arming has no answer, and lets go of the claim', async () => {
    const bench = atMostOnceBench();
    bench.ledger.fault = ({ transition }) => (transition.name === 'arm' ? 'lost' : undefined);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    expect(bench.sent).toEqual([]);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 0 });
    bench.ledger.fault = () => undefined;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
  });

  it('does not begin a send for which no time is left', async () => {
    const bench = atMostOnceBench();
    bench.ledger.before = ({ transition }) => {
      if (transition.name === 'arm') bench.clock.advance(29_000);
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(no-time-left)']);
    expect(bench.sent).toEqual([]);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 0 });
  });

  it('keeps the answer that comes after its effect was given up', async () => {
    const bench = atMostOnceBench();
    bench.answer = () => {
      bench.ledger.only = { ...bench.ledger.only, state: 'IN_DOUBT', owner: null, leaseUntil: null };
      return answers.done;
    };
    expect((await bench.action([decision(1)])).verdicts).toEqual(['in-doubt']);
    expect(bench.ledger.only).toMatchObject({ state: 'IN_DOUBT', evidence: ['late answer: done 201'] });
  });
});
