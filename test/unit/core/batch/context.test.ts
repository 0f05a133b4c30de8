import { describe, expect, it } from 'vitest';
import { maxObservationBytes } from '../../../../lib/core/batch/context.ts';
import { bytesOf, textOf, type SourceRecord } from '../../../../lib/core/record.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { arriving, environment, headerOf, headersOf, NOW } from '../../../support/stage-records.ts';
import { epochMsOf, toIso } from '../../../../lib/core/units.ts';

const topic = `${environment}.plant.climate.read`;

const observation = (
  offset: number,
  {
    at = NOW,
    note = '',
    sensor = 'a',
  }: { readonly at?: number; readonly note?: string; readonly sensor?: string } = {},
): SourceRecord =>
  arriving(offset, {
    topic,
    key: bytesOf(sensor),
    value: bytesOf(JSON.stringify({ sensor, at: toIso(epochMsOf(at)), note })),
    headers: headersOf({ ce_source: '/weather', ce_id: `w${offset}`, ce_type: 'read', ce_time: toIso(NOW) }),
  });

/** Characters that a note may have. */
const room = maxObservationBytes - (observation(1).value?.length ?? 0);

const stored = ({ context }: StageBench) =>
  [...context.observations.values()].map(({ key, eventTime, offset, epoch }) => [
    key,
    eventTime - NOW,
    offset,
    epoch,
  ]);

describe('the context stage', () => {
  it('keeps each observation by key and event time', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.observe([
      observation(1),
      observation(2, { at: NOW - 5 }),
      observation(3, { sensor: 'b' }),
    ]);
    expect(verdicts).toEqual(['state-only', 'state-only', 'state-only']);
    expect(stored(bench)).toEqual([
      ['a', 0, 1, 0],
      ['a', -5, 2, 0],
      ['b', 0, 3, 0],
    ]);
    expect(bench.report.freshness).toHaveLength(3);
    expect([...bench.context.observations.values()][0]).toMatchObject({
      id: '/weather#w1',
      context: 'climate',
    });
  });

  it('lets go of what no event may see any more: twice the history before the newest', async () => {
    const bench = new StageBench();
    await bench.observe([observation(1)]);
    expect(bench.context.forgotten).toEqual([['climate', 12 * 3_600_000]]);
  });

  it('lets the highest offset of a moment win, in a batch and across batches, in any order', async () => {
    const bench = new StageBench();
    await bench.observe([observation(7, { note: 'later' }), observation(5, { note: 'earlier' })]);
    expect(stored(bench)).toEqual([['a', 0, 7, 0]]);
    expect((await bench.observe([observation(6)])).verdicts).toEqual(['fenced']);
    expect((await bench.observe([observation(7, { note: 'later' })])).verdicts).toEqual(['state-only']);
    expect(stored(bench)).toEqual([['a', 0, 7, 0]]);
  });

  it('writes a letter for what is no observation, and the rest all the same', async () => {
    const bench = new StageBench();
    const { verdicts, unfinished } = await bench.observe([
      { ...observation(1), value: bytesOf('{') },
      observation(2),
      { ...observation(3), headers: headersOf({ ce_type: 'painted' }) },
    ]);
    expect({ verdicts, unfinished }).toEqual({
      verdicts: ['dead-lettered(not-json)', 'state-only', 'ignored(painted)'],
      unfinished: [],
    });
    const [letter] = bench.producer.out;
    expect(letter?.topic).toBe(`${topic}.dlq`);
    expect(letter && headerOf(letter, '__connect.errors.stage')).toBe('context-climate');
    expect(bench.report).toMatchObject({ bad: 1, lost: 1 });
  });

  it.each([
    ['a number that JSON cannot hold', 'not-json', '1e999'],
    ['more depth than can be written again', 'not-json', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['a byte more than a store takes', 'oversize', JSON.stringify('x'.repeat(room + 1))],
  ])('refuses an observation with %s alone', async (_, reason, note) => {
    const bench = new StageBench();
    const whole = observation(1);
    const value = bytesOf(textOf(whole.value ?? bytesOf('')).replace('""', () => note));
    expect((await bench.observe([{ ...whole, value }, observation(2)])).verdicts).toEqual([
      `dead-lettered(${reason})`,
      'state-only',
    ]);
    expect(stored(bench)).toEqual([['a', 0, 2, 0]]);
  });

  it('takes an observation that is as large as a store takes, to the byte', async () => {
    const bench = new StageBench();
    const { verdicts } = await bench.observe([observation(1, { note: 'x'.repeat(room) })]);
    expect(verdicts).toEqual(['state-only']);
    expect([...bench.context.observations.values()][0]?.body).toHaveLength(maxObservationBytes);
  });

  it('is not finished with a letter that is not out, and counts it when it is', async () => {
    const bench = new StageBench();
    bench.producer.answer = () => ({ kind: 'failed', cause: new Error('no leader') });
    const records = [{ ...observation(1), value: bytesOf('{') }, observation(2)];
    expect(await bench.observe(records)).toEqual({
      verdicts: ['retry(not-produced)', 'state-only'],
      unfinished: [1, 2],
    });
    expect(bench.report.bad).toBe(0);
    bench.producer.answer = () => undefined;
    await bench.observe(records);
    expect(bench.report.bad).toBe(1);
    await bench.observe(records, { redrive: { topicId: `id-of-${topic}` } });
    expect(bench.report.bad).toBe(0);
  });

  it('waits for its store', async () => {
    const bench = new StageBench();
    bench.context.isDown = () => true;
    expect(await bench.observe([observation(1)])).toEqual({
      verdicts: ['retry(store-unavailable)'],
      unfinished: [1],
    });
    expect(bench.clock.waits).toEqual([1_000]);
  });

  it('knows the generations of its topic', async () => {
    const bench = new StageBench();
    await bench.observe([observation(9)]);
    bench.topicIds.set(topic, 'recreated');
    await expect(bench.observe([observation(1)])).rejects.toMatchObject({ code: 'TOPIC_RECREATED' });
    await bench.operations.declareEpoch(topic, 'recreated');
    expect((await bench.observe([observation(1)])).verdicts).toEqual(['state-only']);
    expect(stored(bench)).toEqual([['a', 0, 1, 1]]);
  });
});
