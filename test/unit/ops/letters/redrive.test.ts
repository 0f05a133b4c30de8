import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../lib/core/errors.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { minutes } from '../../../../lib/core/units.ts';
import { letterName, type Letter } from '../../../../lib/ops/letters/letter.ts';
import { listLetters } from '../../../../lib/ops/letters/list-letters.ts';
import { applyRedrive, planRedrive, type Redriven } from '../../../../lib/ops/letters/redrive.ts';
import { meter, metersStages, reading } from '../../../support/meters-stages.ts';
import { openOpsBench, type OpsBench } from '../../../support/ops-bench.ts';
import { breaking, oneEffect, ordersStages, placed } from '../../../support/orders-stages.ts';

const operator = { who: 'tester', why: 'the bug is mended' };

const redriveAll = async (
  bench: OpsBench,
  { pastDeadline = false, letters }: { pastDeadline?: boolean; letters?: readonly Letter[] } = {},
): Promise<readonly Redriven[]> => {
  const plan = await planRedrive(bench.deployment, letters ?? (await listLetters(bench.deployment)), {
    pastDeadline,
  });
  return applyRedrive(bench.deployment, plan, bench.invoker, operator);
};

const standings = async (bench: OpsBench, pastDeadline = false): Promise<readonly string[]> => {
  const { redrives } = await planRedrive(bench.deployment, await listLetters(bench.deployment), {
    pastDeadline,
  });
  return redrives.map((one) => (one.kind === 'redrive' ? one.standing.kind : `${one.kind}: ${one.why}`));
};

const short = (results: readonly Redriven[]): readonly string[] =>
  results.map(({ letter, verdict, outcome }) => `${letterName(letter)} ${outcome} ${verdict ?? ''}`.trim());

const refused = { kind: 'refused', detail: '422' } as const;

describe('a letter of features', () => {
  const isB = (event: unknown): boolean => (event as { eventId: string }).eventId === 'b';

  it('is folded through its hole exactly once, and its vector goes on', async () => {
    const bench = await openOpsBench(breaking(ordersStages, isB));
    for (const id of ['a', 'b', 'c']) await bench.publish('placed', id, placed(id));
    expect(await bench.deliver('features')).toEqual(['done', 'dead-lettered(function-threw)', 'done']);
    expect(await standings(bench)).toEqual(['open']);

    bench.stages = ordersStages;
    const results = await redriveAll(bench);
    expect(results.map(({ verdict }) => verdict)).toEqual(['done']);
    expect(await bench.read('vectors')).toHaveLength(3);
    const rowAfter = await bench.embedded.rows.read(['ada']);
    expect(JSON.stringify(rowAfter)).toContain('\\"orders\\":3');

    expect(await standings(bench)).toEqual(['settled']);
    expect((await redriveAll(bench)).map(({ verdict }) => verdict)).toEqual(['fenced']);
    expect(await bench.read('vectors')).toHaveLength(3);
    expect(await bench.embedded.rows.read(['ada'])).toEqual(rowAfter);
    // A redelivery of everything changes nothing either.
    await bench.deliver('features', { again: true });
    expect(await bench.embedded.rows.read(['ada'])).toEqual(rowAfter);
  });

  it('is redriven with the brokers that its log has', async () => {
    const bench = await openOpsBench(breaking(ordersStages, isB));
    await bench.publish('placed', 'b', placed('b'));
    await bench.deliver('features');
    const letters = await listLetters(bench.deployment);
    const deployment = { ...bench.deployment, brokers: ['b-1:9098', 'b-2:9098'] };
    const { redrives } = await planRedrive(deployment, letters, { pastDeadline: false });
    expect(redrives).toMatchObject([{ event: { bootstrapServers: 'b-1:9098,b-2:9098' } }]);
  });

  it('fails again with the next number, and only that letter is redrivable then', async () => {
    const bench = await openOpsBench(breaking(ordersStages, isB));
    await bench.publish('placed', 'b', placed('b'));
    await bench.deliver('features');
    expect((await redriveAll(bench)).map(({ outcome }) => outcome)).toEqual(['failed-again']);
    const letters = await listLetters(bench.deployment);
    expect(letters.map(({ redrive }) => redrive)).toEqual([0, 1]);
    expect(await standings(bench)).toEqual([
      'not-redrivable: it was redriven and failed again: letter 1 stands for it now',
      'open',
    ]);
    bench.stages = ordersStages;
    expect((await redriveAll(bench)).map(({ verdict }) => verdict)).toEqual(['done']);
  });

  it('says so when its hole was evicted', async () => {
    const { holes } = ordersStages.features.contract.features;
    const bench = await openOpsBench(breaking(ordersStages, () => true));
    for (let index = 0; index <= holes; index += 1)
      await bench.publish('placed', `e${index}`, placed(`e${index}`));
    await bench.deliver('features');
    bench.stages = ordersStages;
    const told = await standings(bench);
    expect(told).toHaveLength(holes + 1);
    expect(told[0]).toContain('not-redrivable: its hole is no longer in the row');
    expect(told.filter((kind) => kind === 'open')).toHaveLength(holes);
    expect(await redriveAll(bench)).toHaveLength(holes);
    expect(JSON.stringify(await bench.embedded.rows.read(['ada']))).toContain(`\\"orders\\":${holes}`);
  });

  it('cannot be redriven without a key', async () => {
    const bench = await openOpsBench(ordersStages);
    await bench.append({ topic: 'orders-v2', key: null, value: bytesOf('{'), headers: [] });
    expect(await bench.deliver('features')).toEqual(['dead-lettered(not-json)']);
    expect(await standings(bench)).toEqual([
      'not-redrivable: it has no key, so there is no row that could know of it',
    ]);
    expect(await redriveAll(bench)).toEqual([]);
    // Nothing was to be done, so nothing is audited.
    expect(await bench.embedded.operations.audits(10)).toEqual([]);
  });
});

describe('a letter of action', () => {
  it('is acted on by a redrive, under the same key, and once', async () => {
    const bench = await openOpsBench(ordersStages);
    bench.answers.push(refused);
    await bench.publish('placed', 'a', placed('a'));
    expect(await bench.run()).toEqual(['done', 'done', 'dead-lettered(refused)']);

    expect(short(await redriveAll(bench))).toEqual([expect.stringMatching(/^action\/\d\/0 settled done$/)]);
    expect(bench.sent).toHaveLength(2);
    expect(bench.sent[0]).toEqual(bench.sent[1]);
    expect(await standings(bench)).toEqual(['settled']);

    expect((await redriveAll(bench)).map(({ verdict }) => verdict)).toEqual(['done']);
    await bench.deliver('action', { again: true });
    expect(bench.sent).toHaveLength(2);
    expect(await bench.embedded.operations.audits(10)).toMatchObject([
      { who: 'tester', why: operator.why },
      { what: expect.stringMatching(/^redrive action\/\d\/0 \(plan [\da-f]{12}\)$/) },
    ]);
  });

  it('fails again with letter 1, which the next redrive opens', async () => {
    const bench = await oneEffect(refused, refused);
    expect((await redriveAll(bench)).map(({ outcome }) => outcome)).toEqual(['failed-again']);
    expect(await standings(bench)).toEqual(['settled', 'open']);
    const letters = await listLetters(bench.deployment);
    expect(short(await redriveAll(bench, { letters: letters.slice(1) }))).toEqual([
      expect.stringMatching(/^action\/\d\/0#1 settled done$/),
    ]);
    expect(bench.sent).toHaveLength(3);
  });

  it('is tried until it is settled, and waits in between', async () => {
    const busy = { kind: 'not-done', detail: '429', retryAfterMs: undefined } as const;
    const bench = await oneEffect(refused, busy, busy);
    const before = bench.clock.now();
    const [redriven] = await redriveAll(bench);
    expect(redriven).toMatchObject({ verdict: 'done', tries: 3, outcome: 'settled' });
    expect(bench.clock.now()).toBeGreaterThan(before);
    expect(bench.sent).toHaveLength(4);
  });

  it('is not waited for while its stage is paused', async () => {
    const bench = await oneEffect(refused);
    await bench.embedded.operations.setPaused('action', true);
    const before = bench.clock.now();
    expect(await redriveAll(bench)).toMatchObject([{ outcome: 'paused', detail: 'retry(paused)', tries: 1 }]);
    expect(bench.clock.now()).toBe(before);
    expect(bench.sent).toHaveLength(1);
    await bench.embedded.operations.setPaused('action', false);
    expect(await standings(bench)).toEqual(['open']);
    expect(await redriveAll(bench)).toMatchObject([{ outcome: 'settled', verdict: 'done' }]);
  });

  it('does not act past its deadline, unless told to', async () => {
    const bench = await oneEffect(refused);
    bench.elapse(minutes(11).ms);
    const [plan] = (
      await planRedrive(bench.deployment, await listLetters(bench.deployment), { pastDeadline: false })
    ).redrives;
    expect(plan).toMatchObject({
      standing: { kind: 'past-deadline' },
    });
    expect(await redriveAll(bench)).toMatchObject([{ outcome: 'past-deadline' }]);
    expect(bench.sent).toHaveLength(1);
    expect((await listLetters(bench.deployment)).map(({ redrive }) => redrive)).toEqual([0]);
    expect(await redriveAll(bench, { pastDeadline: true })).toMatchObject([
      { outcome: 'settled', verdict: 'done' },
    ]);
    expect(bench.sent).toHaveLength(2);
    const [newest] = await bench.embedded.operations.audits(1);
    expect(newest?.what).toContain('past the deadline');
  });

  it('repeats after a function that failed, and gives up after its tries', async () => {
    const bench = await oneEffect(refused);
    const plan = await planRedrive(bench.deployment, await listLetters(bench.deployment), {
      pastDeadline: false,
    });
    let calls = 0;
    const flaky = {
      invoke: async (...call: Parameters<typeof bench.invoker.invoke>) => {
        calls += 1;
        if (calls < 3) throw new Error('the function timed out');
        return bench.invoker.invoke(...call);
      },
    };
    expect(await applyRedrive(bench.deployment, plan, flaky, operator)).toMatchObject([
      { verdict: 'done', tries: 3 },
    ]);
    const misconfigured = {
      invoke: async () => Promise.reject(new ConfigError('ENVIRONMENT_INVALID', { message: 'no HOLDS_URL' })),
    };
    await expect(applyRedrive(bench.deployment, plan, misconfigured, operator)).rejects.toThrow(/HOLDS_URL/);
    const mute = { invoke: async () => ({ batchItemFailures: [] }) };
    expect(await applyRedrive(bench.deployment, plan, mute, operator)).toMatchObject([
      {
        verdict: undefined,
        outcome: 'unsettled',
        tries: 10,
        detail: expect.stringContaining('without a verdict'),
      },
    ]);
  });
});

describe('a letter of a context', () => {
  it('is processed again', async () => {
    const bench = await openOpsBench(metersStages);
    const weather = { district: 'north', at: '2026-01-05T08:00:00Z', celsius: 'cold' };
    await bench.publish('observed', 'w1', weather, 'weather');
    expect(await bench.deliver('context-weather')).toEqual(['dead-lettered(schema)']);
    expect(await standings(bench)).toEqual(['open']);
    expect(await redriveAll(bench)).toMatchObject([{ outcome: 'failed-again' }]);
    expect((await listLetters(bench.deployment)).map(letterName)).toEqual([
      expect.stringMatching(/^context-weather\/\d\/0$/),
      expect.stringMatching(/^context-weather\/\d\/0#1$/),
    ]);
  });
});

describe('an identity that came with another payload', () => {
  it('is not redrivable: the first payload counts', async () => {
    const bench = await openOpsBench(metersStages);
    for (const [id, kwh] of [
      ['r1', 10],
      ['r2', 20],
      ['r2', 21],
    ] as const)
      await bench.publish('reading', id, reading(meter, kwh));
    expect(await bench.deliver('features')).toEqual([
      'state-only',
      'done',
      'dead-lettered(identity-conflict)',
    ]);
    // In features the hole admits it, and the row refuses it again.
    expect(await redriveAll(bench)).toMatchObject([
      { outcome: 'failed-again', verdict: 'dead-lettered(identity-conflict)' },
    ]);
  });
});
