import { describe, expect, it } from 'vitest';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, NOW } from '../../../support/stage-records.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

describe('the horizon', () => {
  const { keyRetentionMs } = tinyContract();

  it('lets in what is as old as it, and no older', async () => {
    const at = (originAppend: number) => ({ originAppend: epochMsOf(originAppend) });
    const bench = new StageBench();
    const { verdicts } = await bench.action([
      decision(1, at(NOW - keyRetentionMs)),
      decision(2, at(NOW - keyRetentionMs - 1)),
    ]);
    expect(verdicts).toEqual(['done', 'dead-lettered(horizon)']);
    expect(bench.sent).toHaveLength(1);
    expect(bench.report.bad).toBe(1);
  });

  it('is each record’s own: one that comes again, anew, is let in', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.action([
      decision(1, { originAppend: epochMsOf(NOW - keyRetentionMs - 1) }),
      decision(1, { originAppend: epochMsOf(NOW) }),
    ]);
    expect(verdicts).toEqual(['done', 'done']);
    expect(bench.sent).toHaveLength(1);
  });

  it('lets every stored state answer for itself, however old', async () => {
    const bench = new StageBench();
    const old = { originAppend: epochMsOf(NOW - keyRetentionMs) };
    await bench.action([decision(1, old)]);
    bench.clock.advance(60_000);
    expect((await bench.action([decision(1, old)])).verdicts).toEqual(['done']);
  });
});
