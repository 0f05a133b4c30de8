import { describe, expect, it } from 'vitest';
import { answers } from '../../../support/action-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, headerOf, topics } from '../../../support/stage-records.ts';

describe('a redrive', () => {
  const failedBench = async (): Promise<StageBench> => {
    const bench = new StageBench();
    bench.answer = () => answers.refused;
    await bench.action([decision(1)]);
    bench.answer = () => answers.done;
    return bench;
  };

  it('reopens FAILED(n) with number n + 1 and sends the frozen request', async () => {
    const bench = await failedBench();
    bench.request = () => ({ bell: 'redeployed' });
    expect((await bench.action([decision(1)], { redrive: { number: 1 } })).verdicts).toEqual(['done']);
    expect(bench.sent.map(({ request }) => request)).toEqual([
      { bell: { warn: true } },
      { bell: { warn: true } },
    ]);
    expect(bench.producer.out.at(-1)).toMatchObject({ topic: topics.outcomes });
    expect(bench.ledger.only).toMatchObject({ state: 'DONE', revision: 2, redrive: 1 });
    expect(bench.report).toMatchObject({ freshness: [], bad: 0 });
  });

  it('asks the code of today where no request was ever frozen', async () => {
    const bench = new StageBench();
    bench.request = () => {
      throw new Error('a bug');
    };
    await bench.action([decision(1)]);
    bench.request = () => ({ bell: 'mended' });
    expect((await bench.action([decision(1)], { redrive: { number: 1 } })).verdicts).toEqual(['done']);
    expect(bench.sent.map(({ request }) => request)).toEqual([{ bell: 'mended' }]);
  });

  it.each([0, 2, 7])('with number %i answers with what is stored', async (number) => {
    const bench = await failedBench();
    expect((await bench.action([decision(1)], { redrive: { number } })).verdicts).toEqual([
      'dead-lettered(refused)',
    ]);
    expect(bench.sent).toHaveLength(1);
  });

  it('of what is done sends nothing', async () => {
    const bench = new StageBench();
    await bench.action([decision(1)]);
    expect((await bench.action([decision(1)], { redrive: { number: 1 } })).verdicts).toEqual(['done']);
    expect(bench.sent).toHaveLength(1);
  });

  it('past the deadline is put back as it was, and acts only where the operator says so', async () => {
    const bench = await failedBench();
    const before = bench.ledger.only;
    const record = decision(1);
    bench.clock.advance(120_000);
    expect((await bench.action([record], { redrive: { number: 1 } })).verdicts).toEqual([
      'dead-lettered(refused)',
    ]);
    const { firstAttempt: _, attempts: __, ...rest } = before;
    expect(bench.ledger.only).toMatchObject(rest);
    expect(bench.sent).toHaveLength(1);
    expect((await bench.action([record], { redrive: { number: 1, pastDeadline: true } })).verdicts).toEqual([
      'done',
    ]);
    expect(bench.sent).toHaveLength(2);
  });

  it('fails again under the next number', async () => {
    const bench = await failedBench();
    bench.answer = () => answers.refused;
    await bench.action([decision(1)], { redrive: { number: 1 } });
    expect(bench.ledger.only).toMatchObject({ state: 'FAILED', redrive: 1, revision: 2 });
    expect(bench.producer.out.map((letter) => headerOf(letter, 'freshet.redrive'))).toEqual(['0', '1']);
  });

  it('never waits: whoever redrives asks again by itself', async () => {
    const bench = await failedBench();
    bench.answer = () => answers['not-done'];
    expect((await bench.action([decision(1)], { redrive: { number: 1 } })).verdicts).toEqual([
      'retry(transient)',
    ]);
    expect(bench.clock.waits).toEqual([]);
  });

  it.each(['absent', 'released'])(
    'of a letter of the mapping acts past the deadline too, where its claim is %s',
    async (claim) => {
      const bench = new StageBench();
      const record = decision(1);
      if (claim === 'released') {
        bench.answer = () => answers['not-done'];
        await bench.action([record]);
        bench.answer = () => answers.done;
      }
      bench.clock.advance(120_000);
      const told = await bench.action([record], { redrive: { number: 1, pastDeadline: true } });
      expect(told.verdicts).toEqual(['done']);
      expect(bench.report.freshness).toEqual([]);
    },
  );
});
