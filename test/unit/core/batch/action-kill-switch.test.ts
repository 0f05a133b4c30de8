import { describe, expect, it } from 'vitest';
import { answers, leaveClaimed } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision } from '../../../support/stage-records.ts';

/** Switches it on after the question before the claim, and before the one before the send. */
const pauseBeforeSend = ({ operations }: StageBench): void => {
  let asked = 0;
  operations.onPaused = () => {
    asked += 1;
    if (asked === 2) operations.pausedStages.add('action');
  };
};

describe('the kill switch', () => {
  it('is asked before the claim', async () => {
    const bench = new StageBench();
    bench.operations.pausedStages.add('action');
    expect(await bench.action([decision(1)])).toEqual({ verdicts: ['retry(paused)'], unfinished: [1] });
    expect([...bench.ledger.items]).toEqual([]);
    expect(bench.clock.waits).toEqual([1_000]);
  });

  it('is asked before each send: what is claimed is released, and no attempt is counted', async () => {
    const bench = new StageBench();
    pauseBeforeSend(bench);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(paused)']);
    expect(bench.sent).toEqual([]);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 0, maybeSent: false });
  });

  it('holds back a resend and a take-over too', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.unknown;
    await bench.action([decision(1)]);
    bench.operations.pausedStages.add('action');
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(paused)']);
    leaveClaimed(bench, 'vanished');
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(paused)']);
    expect(bench.ledger.only.owner).toBe('vanished');
    expect(bench.sent).toHaveLength(1);
  });

  it('that goes on after the claim holds back a request that may be out already', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.unknown;
    await bench.action([decision(1)]);
    pauseBeforeSend(bench);
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(paused)']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.ledger.only).toMatchObject({ state: 'RELEASED', attempts: 1, maybeSent: true });
  });

  it('holds back a redrive before anything is reopened', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.refused;
    await bench.action([decision(1)]);
    bench.operations.pausedStages.add('action');
    expect((await bench.action([decision(1)], { redrive: {} })).verdicts).toEqual(['retry(paused)']);
    expect(bench.ledger.only).toMatchObject({ state: 'FAILED', redrive: 0 });
  });

  it('stands in nobody’s way who sends nothing', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    bench.operations.pausedStages.add('action');
    bench.request = () => ({ suppress: 'below-threshold' });
    expect((await bench.action([decision(1), decision(2)])).verdicts).toEqual([
      'done',
      'suppressed(below-threshold)',
    ]);
  });

  it('counts as on where it cannot be read', async () => {
    const bench = new StageBench();
    bench.operations.isDown = true;
    expect((await bench.action([decision(1)])).verdicts).toEqual(['retry(store-unavailable)']);
    expect(bench.sent).toEqual([]);
  });
});
