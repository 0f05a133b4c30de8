import { describe, expect, it } from 'vitest';
import { groupIn, topicIn } from '../../../lib/core/contract/resolved.ts';
import { listEffects } from '../../../lib/ops/effects/effect.ts';
import type { Trace } from '../../../lib/ops/trace/trace.ts';
import { traceRecord } from '../../../lib/ops/trace/trace-record.ts';
import { meter, metersStages, reading } from '../../support/meters-stages.ts';
import { openOpsBench, type OpsBench } from '../../support/ops-bench.ts';
import { ordersStages, placed } from '../../support/orders-stages.ts';

const kinds = ({ steps }: Trace): readonly string[] => steps.map(({ kind }) => kind);
const trace = (bench: OpsBench, id: string, withPayload = false): Promise<Trace> =>
  traceRecord(bench.deployment, id, { withPayload });
const only = async (bench: OpsBench): Promise<string> => {
  const states = ['DONE', 'IN_DOUBT', 'FAILED', 'SUPPRESSED', 'CLAIMED', 'RELEASED'] as const;
  const [effect] = await listEffects(bench.deployment, { states, limit: 1 });
  return effect?.id ?? '';
};

/** A meter whose second reading leads to a decision, with the weather of its district. */
const decided = async (): Promise<OpsBench> => {
  const bench = await openOpsBench(metersStages);
  await bench.publish(
    'observed',
    'w',
    { district: 'north', at: '2026-01-05T07:00:00Z', celsius: 5 },
    'weather',
  );
  await bench.deliver('context-weather');
  await bench.publish('reading', 'one', reading(meter, 10));
  await bench.publish('reading', 'two', reading(meter, 500, '2026-01-05T08:30:00Z'));
  bench.elapse(40);
  await bench.deliver('features');
  bench.elapse(60);
  await bench.deliver('inference');
  bench.elapse(5);
  await bench.deliver('action');
  return bench;
};

describe('the way of a record', () => {
  it('goes from its event to its outcome, with the times between', async () => {
    const found = await trace(await decided(), '/bench#two');
    expect(found.correlation).toBe('/bench#two');
    expect(found.missing).toEqual([]);
    expect(kinds(found)).toEqual(['event', 'row', 'context', 'vector', 'decision', 'effect', 'outcome']);
    const [event, row, context, vector, decision, effect, outcome] = found.steps;
    expect(event).toMatchObject({
      title: 'reading of north',
      where: expect.stringMatching(/^dev\.energy\.meter\.read\/\d\/1$/),
      sincePreviousMs: null,
      verdict: 'done',
    });
    expect(row).toMatchObject({ title: 'row of north, version 2', where: 'rows/north', at: null });
    expect(context).toMatchObject({
      title: 'weather of 2026-01-05T07:00:00.000Z',
      where: 'context/weather/north',
      at: null,
      sincePreviousMs: null,
    });
    expect(vector).toMatchObject({
      sincePreviousMs: 40,
      segmentsMs: { append: 0, receive: 40, process: 0, external: 0 },
      verdict: 'done',
    });
    expect(decision).toMatchObject({
      title: 'decision of excess 1',
      sincePreviousMs: 60,
      verdict: 'suppressed',
    });
    expect(effect).toMatchObject({ title: 'effect suppressed (explained)', sincePreviousMs: 5 });
    expect(outcome).toMatchObject({ kind: 'outcome', verdict: null });
    expect(found.steps.every(({ payload }) => payload === null)).toBe(true);
  });

  it('is found by whatever somebody has at hand', async () => {
    const bench = await openOpsBench(ordersStages);
    await bench.publish('placed', 'a', placed('a'));
    await bench.run();
    const whole = await trace(bench, '/bench#a');
    const key = await only(bench);
    const [vector] = await bench.recordsIn('dev.orders.orders.vector');
    const id = new TextDecoder().decode(vector?.headers.find(({ name }) => name === 'ce_id')?.value);
    for (const wanted of ['a', id, key, key.slice(0, 16)]) expect(await trace(bench, wanted)).toEqual(whole);
    expect(kinds(whole)).toEqual(['event', 'row', 'vector', 'decision', 'effect', 'outcome']);
  });

  it('shows what is in the records only where it is asked for', async () => {
    const found = await trace(await decided(), 'two', true);
    const of = (kind: string): unknown => found.steps.find((step) => step.kind === kind)?.payload;
    expect(of('event')).toMatchObject({ meter: 'm-1', kwh: 500 });
    expect(of('row')).toMatchObject({ version: 2 });
    expect(of('context')).toMatchObject({ eventTime: '2026-01-05T07:00:00.000Z', id: '/bench#w' });
    expect(of('vector')).toMatchObject({ usedKwh: 490 });
    expect(of('decision')).toMatchObject({ meter: 'm-1' });
    expect(of('outcome')).toMatchObject({ status: expect.any(String) });
  });

  it('says what has not come to it yet, stage by stage', async () => {
    const bench = await openOpsBench(ordersStages);
    await bench.publish('placed', 'a', placed('a'));
    const before = await trace(bench, 'a');
    expect(kinds(before)).toEqual(['event']);
    expect(before.missing).toEqual([expect.stringMatching(/^features has not come to it yet/)]);
    expect(before.isFinal).toBe(false);
    await bench.deliver('features');
    const unclaimed = await trace(bench, 'a');
    expect(kinds(unclaimed)).toEqual(['event', 'row', 'vector']);
    expect(unclaimed.missing).toEqual(['inference has not taken the vector yet']);
    expect(unclaimed.isFinal).toBe(false);
    await bench.deliver('inference');
    const halfway = await trace(bench, 'a');
    expect(kinds(halfway)).toEqual(['event', 'row', 'vector', 'decision']);
    expect(halfway.missing).toEqual(['action has not taken the decision yet']);
    bench.elapse(3_600_000);
    const late = await trace(bench, 'a');
    expect(late.missing).toEqual([
      expect.stringMatching(/^action has not taken the decision yet; its deadline was 2026-01-05T08:10:00/),
    ]);
    expect(late.isFinal).toBe(false);
    await bench.deliver('action');
    expect((await trace(bench, 'a')).isFinal).toBe(true);
  });

  it('waits for no stage that has refused it: past the horizon there is a letter, and nothing in the ledger', async () => {
    const bench = await openOpsBench(ordersStages);
    await bench.publish('placed', 'a', placed('a'));
    await bench.deliver('features');
    bench.elapse(bench.deployment.contract.keyRetentionMs + 86_400_000);
    await bench.deliver('inference');
    const found = await trace(bench, 'a');
    expect(kinds(found)).toEqual(['event', 'row', 'vector', 'dead-letter']);
    expect(found).toMatchObject({ missing: [], isFinal: true });
  });

  it('is final at once where its records are there, and later where one of them is gone', async () => {
    const bench = await decided();
    expect((await trace(bench, 'two')).isFinal).toBe(true);
    const { contract, environment, log, groups } = bench.deployment;
    const topic = topicIn(environment, contract.source);
    const ends = await log.offsets(topic);
    await groups.commit(
      groupIn(environment, contract.features.mapping),
      ends.map(({ partition, end }) => ({ topic, partition, offset: end })),
    );
    // It changed the row only: a vector of it may have been written since they were looked through.
    expect(await trace(bench, 'one')).toMatchObject({
      missing: [expect.stringMatching(/^features has settled it without a vector/)],
      isFinal: false,
    });
    await bench.embedded.log.deleteTopic('dev.energy.meters.outcome');
    expect((await trace(bench, 'two')).missing).toEqual([
      'its outcome is not in dev.energy.meters.outcome, or behind more records than are looked through',
    ]);
    expect((await trace(bench, 'two')).isFinal).toBe(false);
    bench.elapse(61_000);
    expect((await trace(bench, 'two')).isFinal).toBe(true);
    expect((await trace(bench, 'one')).isFinal).toBe(true);
  });

  it.each([
    [{ kind: 'unknown', detail: '503', retryAfterMs: undefined }, 'in-doubt', /nobody knows whether/],
    [{ kind: 'refused', detail: '422' }, 'dead-lettered', /^action gave it up: /],
  ] as const)('ends in a letter where the downstream said %o', async (answer, verdict, why) => {
    const bench = await openOpsBench(ordersStages);
    bench.answers.push(answer);
    await bench.publish('placed', 'a', placed('a'));
    await bench.run();
    const found = await trace(bench, 'a');
    expect(kinds(found)).toContain('dead-letter');
    expect(found.steps.find(({ kind }) => kind === 'effect')?.verdict).toBe(verdict);
    expect(found.missing).toEqual([expect.stringMatching(why)]);
    expect(found.isFinal).toBe(true);
  });

  it('stops at the stage that could not process it, with its letter', async () => {
    const bench = await openOpsBench({
      ...ordersStages,
      inference: {
        ...ordersStages.inference,
        decide: () => {
          throw new Error('a bug');
        },
      },
    });
    await bench.publish('placed', 'a', placed('a'));
    await bench.run();
    const found = await trace(bench, 'a');
    expect(kinds(found)).toEqual(['event', 'row', 'vector', 'dead-letter']);
    expect(found.steps.at(-1)).toMatchObject({
      title: expect.stringMatching(/^dead letter of inference\/\d\/0: /),
      verdict: 'dead-lettered',
      payload: null,
    });
    expect(found.missing).toEqual([expect.stringMatching(/^inference gave it up/)]);
    expect(found.isFinal).toBe(true);
  });

  it('ends at once for an event that features could not read', async () => {
    const bench = await openOpsBench(metersStages);
    await bench.publish('reading', 'bad', { ...reading(meter, 1), kwh: -1 });
    await bench.deliver('features');
    const found = await trace(bench, 'bad');
    expect(kinds(found)).toEqual(['event', 'dead-letter']);
    expect(found.missing).toEqual([]);
    expect(found.isFinal).toBe(true);
  });

  it('says of nothing what it looked for', async () => {
    const bench = await openOpsBench(ordersStages);
    await expect(trace(bench, 'nothing')).rejects.toThrow(
      /got "nothing", of which nothing is known.*newest \d+ records of any partition of orders-v2\..*Fix: /s,
    );
    await expect(trace(bench, '')).rejects.toThrow('Fix: ');
    await expect(trace(bench, 'freshet-00000000')).rejects.toThrow('Fix: ');
  });
});
