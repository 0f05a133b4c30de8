import { describe, expect, it } from 'vitest';
import { kafkaLetters } from '../../../../lib/local/event-source/destination.ts';
import { letterName } from '../../../../lib/ops/letters/letter.ts';
import { listLetters } from '../../../../lib/ops/letters/list-letters.ts';
import { applyRedrive, planRedrive } from '../../../../lib/ops/letters/redrive.ts';
import { mappingConfig } from '../../../support/mapping-bench.ts';
import { meter, metersStages, reading } from '../../../support/meters-stages.ts';
import { openOpsBench, type OpsBench } from '../../../support/ops-bench.ts';

const operator = { who: 'tester', why: '' };
const decisions = 'dev.energy.meters.decision';

/** What the emulator's mapping writes when it gives up on a stage's records. */
const giveUp = async (bench: OpsBench, topic: string, functionName: string): Promise<void> => {
  const config = {
    ...mappingConfig(),
    topic,
    functionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
  };
  const records = await bench.recordsIn(topic);
  const discarded = {
    condition: 'retries-exhausted',
    unfinished: records,
    handedOver: records,
    invocationId: 1,
    invokeCount: 3,
    functionError: null,
  } as const;
  const context = { config, requestId: 'r', at: bench.clock.now() };
  for (const letter of kafkaLetters(`${topic}.dlq`, discarded, context)) await bench.append(letter);
};

/** A meter whose second reading is out of all proportion to its neighbour's. */
const readTwice = async (bench: OpsBench): Promise<void> => {
  await bench.publish('reading', 'n1', reading({ ...meter, meter: 'm-2' }, 10));
  await bench.publish('reading', 'r1', reading(meter, 10));
  await bench.publish('reading', 'r2', reading(meter, 90));
  await bench.deliver('features');
};

describe('letters of the mapping', () => {
  it('of action: a redrive processes what was never claimed, once', async () => {
    const bench = await openOpsBench(metersStages);
    await readTwice(bench);
    await bench.deliver('inference');
    await giveUp(bench, decisions, 'dev-meters-action');
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([
      { writer: 'mapping', stage: 'action', redrive: -1, reason: 'mapping-gave-up' },
    ]);
    expect(letters.map(letterName)).toEqual([expect.stringMatching(/^action\/\d\/0#mapping$/)]);
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(plan.redrives).toMatchObject([{ standing: { kind: 'open' }, event: { number: 0 } }]);
    expect(await applyRedrive(bench.deployment, plan, bench.invoker, operator)).toMatchObject([
      { verdict: 'done' },
    ]);
    await applyRedrive(bench.deployment, plan, bench.invoker, operator);
    expect(bench.sent).toHaveLength(1);
  });

  it.each([
    [false, 'past its deadline: it will be suppressed', 'suppressed(late)'],
    [true, 'past its deadline, and acts all the same', 'done'],
  ])(
    'of action, late: the plan says what a redrive does (past the deadline: %s)',
    async (pastDeadline, note, verdict) => {
      const bench = await openOpsBench(metersStages);
      await readTwice(bench);
      await bench.deliver('inference');
      await giveUp(bench, decisions, 'dev-meters-action');
      bench.elapse(metersStages.action.contract.deadlineMs + 1);
      const plan = await planRedrive(bench.deployment, await listLetters(bench.deployment), { pastDeadline });
      expect(plan.redrives).toMatchObject([{ standing: { kind: 'open', note } }]);
      expect(await applyRedrive(bench.deployment, plan, bench.invoker, operator)).toMatchObject([
        { verdict },
      ]);
    },
  );

  it('of action: does not open an effect that failed by itself', async () => {
    const bench = await openOpsBench(metersStages);
    await readTwice(bench);
    bench.answers.push({ kind: 'refused', detail: '422' });
    await bench.deliver('inference');
    await bench.deliver('action');
    await giveUp(bench, decisions, 'dev-meters-action');
    const letters = (await listLetters(bench.deployment)).filter(({ writer }) => writer === 'mapping');
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(plan.redrives).toMatchObject([
      { standing: { kind: 'settled', as: 'failed: letter 0 stands for it' } },
    ]);
    await applyRedrive(bench.deployment, plan, bench.invoker, operator);
    expect(bench.sent).toHaveLength(1);
  });

  it('of features: not redrivable, for the row has no hole', async () => {
    const bench = await openOpsBench(metersStages);
    await bench.publish('reading', 'r1', reading(meter, 10));
    await giveUp(bench, 'dev.energy.meter.read', 'dev-meters-features');
    const plan = await planRedrive(bench.deployment, await listLetters(bench.deployment), {
      pastDeadline: false,
    });
    expect(plan.redrives).toMatchObject([
      { kind: 'not-redrivable', why: expect.stringContaining('before features could leave a hole') },
    ]);
  });

  it('of another pipeline are left to it', async () => {
    const bench = await openOpsBench(metersStages);
    await bench.publish('reading', 'r1', reading(meter, 10));
    await giveUp(bench, 'dev.energy.meter.read', 'dev-smart-meters-features');
    expect(await listLetters(bench.deployment)).toEqual([]);
  });
});
