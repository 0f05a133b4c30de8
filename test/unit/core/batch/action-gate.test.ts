import { describe, expect, it } from 'vitest';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { actionBench, answers } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, headerOf, NOW } from '../../../support/stage-records.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

describe('the gate', () => {
  const late = { expiry: epochMsOf(NOW - 1) };

  it('suppresses what is late, as a bad event', async () => {
    const bench = new StageBench();
    expect((await bench.action([decision(1, late)])).verdicts).toEqual(['suppressed(late)']);
    expect(bench.sent).toEqual([]);
    expect(bench.report).toMatchObject({ bad: 1, lost: 1, freshness: [] });
  });

  it('lets out what is late where the contract only flags it, and flags it once', async () => {
    const bench = actionBench({ late: 'flag' });
    const records = [
      decision(1, late),
      decision(2),
      decision(3, { ...late, flags: ['climate:stale', 'late'] }),
      decision(4, { flags: ['late'] }),
    ];
    expect((await bench.action(records)).verdicts).toEqual(['done', 'done', 'done', 'done']);
    expect(bench.producer.out.map((outcome) => headerOf(outcome, 'ce_flags'))).toEqual([
      'late',
      undefined,
      'climate:stale,late',
      'late',
    ]);
  });

  it('is not asked about a request that may be out', async () => {
    const bench = new StageBench();
    bench.answer = () => answers.unknown;
    const expiry = epochMsOf(NOW + 500);
    await bench.action([decision(1, { expiry })]);
    bench.answer = () => answers.done;
    expect((await bench.action([decision(1, { expiry })])).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(2);
  });

  it('is asked again before a wave that comes late because others were slow', async () => {
    const bench = new StageBench();
    bench.answer = () => {
      bench.clock.advance(100);
      return answers.done;
    };
    const expiry = epochMsOf(NOW + 1_000);
    const { verdicts } = await bench.action(
      Array.from({ length: 20 }, (_, offset) => decision(offset, { expiry })),
    );
    expect(verdicts.filter((verdict) => verdict === 'done')).toHaveLength(16);
    expect(verdicts.filter((verdict) => verdict === 'suppressed(late)')).toHaveLength(4);
    expect(bench.sent).toHaveLength(16);
  });

  it('suppresses what was made from context that the contract does not allow', async () => {
    const { context } = tinyContract();
    const { climate } = context;
    if (!climate) throw new Error('the tiny contract has a climate');
    const bench = new StageBench({ context: { climate: { ...climate, whenStale: 'suppress' } } });
    const { verdicts } = await bench.action([
      decision(1, { flags: ['climate:stale'] }),
      decision(2, { flags: ['climate:missing'] }),
      decision(3, { flags: ['late'] }),
    ]);
    expect(verdicts).toEqual(['suppressed(context-climate)', 'suppressed(context-climate)', 'done']);
  });
});
