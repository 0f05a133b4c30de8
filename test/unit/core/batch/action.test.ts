import { describe, expect, it } from 'vitest';
import { days } from '../../../../lib/core/units.ts';
import { written } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { bodyOf, decision, headerOf, topics } from '../../../support/stage-records.ts';

describe('an effect', () => {
  it('is claimed, sent once, frozen and then emitted', async () => {
    const bench = new StageBench();
    const { verdicts, unfinished } = await bench.action([decision(7)]);
    expect({ verdicts, unfinished }).toEqual({ verdicts: ['done'], unfinished: [] });
    expect(bench.sent.map(({ request }) => request)).toEqual([{ bell: { warn: true } }]);
    expect(written(bench)).toBe('claim complete');
    const [outcome] = bench.producer.out;
    expect(outcome?.topic).toBe(topics.outcomes);
    expect(outcome && bodyOf(outcome)).toEqual({ status: 'done', stage: 'action', revision: 1 });
    expect(bench.ledger.only).toMatchObject({ state: 'DONE', revision: 1, evidence: ['201'] });
    expect(bench.journal.said).toEqual(['7 done']);
    expect(bench.clock.waits).toEqual([]);
  });

  it('is answered by what is stored at every further delivery, byte for byte and whatever its age', async () => {
    const bench = new StageBench();
    await bench.action([decision(7)]);
    bench.clock.advance(days(30).ms);
    bench.request = () => {
      throw new Error('redeployed');
    };
    expect((await bench.action([decision(7)])).verdicts).toEqual(['done']);
    expect((await bench.action([decision(9, { id: 'e7' })])).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.producer.out).toEqual([bench.producer.out[0], bench.producer.out[0], bench.producer.out[0]]);
    expect(bench.telemetry.reports.map(({ freshness, effects }) => [freshness.length, effects])).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
  });

  it('is one per key: the followers in a batch take its verdict', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.action([decision(1), decision(2, { id: 'e1' }), decision(3)]);
    expect(verdicts).toEqual(['done', 'done', 'done']);
    expect(bench.sent).toHaveLength(2);
    expect(bench.producer.out).toHaveLength(2);
  });

  it('is a conflict where another payload comes under its identity, in a batch and across batches', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.action([decision(1), decision(2, { id: 'e1', payload: 'other' })]);
    expect(verdicts).toEqual(['done', 'dead-lettered(identity-conflict)']);
    expect((await bench.action([decision(3, { id: 'e1', payload: 'other' })])).verdicts).toEqual([
      'dead-lettered(identity-conflict)',
    ]);
    expect(bench.sent).toHaveLength(1);
    const letters = bench.producer.out.filter(({ topic }) => topic === topics.decisionLetters);
    expect(letters.map((letter) => headerOf(letter, '__connect.errors.offset'))).toEqual(['2', '3']);
    expect(bench.report.bad).toBe(1);
  });

  it('is not sent where its request says so, and says so', async () => {
    const bench = new StageBench();
    bench.request = () => ({ suppress: 'below-threshold' });
    expect((await bench.action([decision(1)])).verdicts).toEqual(['suppressed(below-threshold)']);
    expect(bench.sent).toEqual([]);
    expect(bench.producer.out.map(bodyOf)).toEqual([
      { status: 'suppressed', stage: 'action', reason: 'below-threshold', revision: 1 },
    ]);
  });

  it('is sent where its request only has a member of that name', async () => {
    const bench = new StageBench();
    bench.request = () => ({ bell: 'ring', suppress: 'echo' });
    expect((await bench.action([decision(1)])).verdicts).toEqual(['done']);
    expect(bench.sent.map(({ request }) => request)).toEqual([{ bell: 'ring', suppress: 'echo' }]);
  });

  it.each([
    [
      'throws',
      'function-threw',
      () => {
        throw new Error('no such bell');
      },
    ],
    ['returns nothing', 'output-mismatch', () => undefined],
    ['returns null', 'output-mismatch', () => null],
    ['returns a text', 'output-mismatch', () => 'ring'],
    ['returns a list', 'output-mismatch', () => [{ bell: true }]],
    ['returns an instance of a class', 'output-mismatch', () => new Date(0)],
    ['returns what JSON cannot hold', 'function-threw', () => ({ at: new Date(0) })],
    ['returns too much', 'oversize', () => ({ text: 'x'.repeat(200_000) })],
  ])('whose request function %s is a dead letter (%s), at once', async (_, reason, request) => {
    const bench = new StageBench();
    bench.request = request;
    expect((await bench.action([decision(1)])).verdicts).toEqual([`dead-lettered(${reason})`]);
    expect(bench.sent).toEqual([]);
    expect(bench.ledger.only.state).toBe('FAILED');
  });

  it.each([
    ['of another schema', decision(1, { body: { warn: 'yes' } }), 'schema'],
    ['without a value', { ...decision(1), value: null }, 'tombstone'],
    ['without an envelope', { ...decision(1), headers: [] }, 'envelope'],
  ])('of a decision %s is a dead letter', async (_, record, reason) => {
    const bench = new StageBench();
    expect((await bench.action([record])).verdicts).toEqual([`dead-lettered(${reason})`]);
    const [letter] = bench.producer.out;
    expect(letter && headerOf(letter, 'freshet.reason')).toBe(reason);
    expect(bench.report.bad).toBe(1);
  });
});
