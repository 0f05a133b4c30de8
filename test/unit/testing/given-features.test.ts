import type { Static } from 'typebox';
import { describe, expect, it, vi } from 'vitest';
import type { TriggerTypes } from '../../../lib/core/contract/trigger.ts';
import type { FeaturesStage } from '../../../lib/core/stages/features.ts';
import { bytesOf } from '../../../lib/core/record.ts';
import { event, recordsOfEvents, wrongEvent, type GivenEvent } from '../../../lib/testing/event.ts';
import { given } from '../../../lib/testing/given.ts';
import { MemoryRows } from '../../../lib/testing/memory-rows.ts';
import { features as usage } from '../../fixtures/meters/features.ts';
import type { Placed } from '../../fixtures/orders/contract.ts';
import { features as lines } from '../../fixtures/orders/features.ts';
import { meter, reading, readingEvent } from '../../support/meters-stages.ts';
import { placed } from '../../support/orders-stages.ts';

const cold = { district: 'north', at: '2026-01-05T07:30:00Z', celsius: -3 };

const order = (
  id: string,
  more?: Parameters<typeof placed>[1],
): GivenEvent<'placed', Static<typeof Placed>> => event('placed', placed(id, more));

/** A stage whose handler of one event type is another. */
const withFold = (
  stage: FeaturesStage,
  type: string,
  handler: Partial<FeaturesStage['on'][string]>,
): FeaturesStage => {
  const known = stage.on[type];
  if (known === undefined) throw new Error(`no ${type}`);
  return { ...stage, on: { ...stage.on, [type]: { ...known, ...handler } } };
};

describe('given(features)', () => {
  it('answers rows, vectors, letters and verdicts', async () => {
    const { rows, vectors, letters, verdicts, emissions } = await given(usage)
      .context('weather', cold)
      .events(readingEvent('m-1', 10), readingEvent('m-2', 5), readingEvent('m-1', 14));
    expect(rows).toEqual({
      north: {
        last: {
          'm-1': { at: '2026-01-05T08:00:00Z', kwh: 14, usedKwh: 4 },
          'm-2': { at: '2026-01-05T08:00:00Z', kwh: 5, usedKwh: 0 },
        },
      },
    });
    expect(vectors).toEqual([
      { district: 'north', meter: 'm-1', usedKwh: 4, districtMeanKwh: 2, celsius: -3, weather: 'fresh' },
    ]);
    expect(verdicts).toEqual(['state-only', 'state-only', 'done']);
    expect(letters).toEqual([]);
    expect(emissions.map(({ flags }) => flags)).toEqual([[]]);
  });

  it('flags a context that is missing, and never one from the future', async () => {
    const { vectors, emissions } = await given(usage)
      .context('weather', { ...cold, at: '2026-01-05T09:00:00Z' })
      .events(readingEvent('m-1', 10), readingEvent('m-1', 14));
    expect(vectors).toMatchObject([{ celsius: null, weather: 'missing' }]);
    expect(emissions[0]?.flags).toEqual(['weather:missing']);
  });

  it('refuses an observation that the contract does not know', async () => {
    await expect(
      given<TriggerTypes>(usage)
        .context('weather', { ...cold, celsius: 'cold' })
        .events(),
    ).rejects.toThrow(/observation number 1 of context "weather" is not taken: got dead-lettered\(schema\)/);
  });

  it('gives events that are wrong as letters, and goes on', async () => {
    const { letters, verdicts } = await given(lines).events(
      order('a'),
      wrongEvent('placed', { ...placed('b'), lines: 'none' }),
      order('c'),
    );
    expect(verdicts).toEqual(['done', 'dead-lettered(schema)', 'done']);
    expect(letters).toMatchObject([{ stage: 'features', reason: 'schema', key: 'ada' }]);
  });

  it('knows a producer’s duplicate, and another payload under a known identity', async () => {
    const { verdicts } = await given(usage).events(
      event('reading', reading(meter, 10), { id: 'same' }),
      event('reading', reading(meter, 10), { id: 'same' }),
      event('reading', reading(meter, 11), { id: 'same' }),
    );
    expect(verdicts).toEqual(['state-only', 'fenced', 'dead-lettered(identity-conflict)']);
  });

  it('puts an identity where the producers of the contract have theirs', async () => {
    const same = placed('a');
    const { verdicts, emissions } = await given(lines).events(
      event('placed', placed('a'), { id: 'same' }),
      event('placed', placed('a'), { id: 'same' }),
      event('placed', { ...same, lines: [...same.lines, ...same.lines] }, { id: 'same' }),
    );
    expect(verdicts).toEqual(['done', 'fenced', 'dead-lettered(identity-conflict)']);
    expect(emissions.map(({ id }) => id)).toEqual([expect.stringContaining('4:same')]);
  });

  it('keeps an identity a number that is one in the data, and refuses a text for it', async () => {
    const numbered = (id: string): GivenEvent => wrongEvent('placed', { ...placed('a'), eventId: 1 }, { id });
    expect(recordsOfEvents([numbered('17')], lines.contract.source).map(({ value }) => value)).toEqual([
      bytesOf(JSON.stringify({ ...placed('a'), eventId: 17 })),
    ]);
    expect(() => recordsOfEvents([numbered('a')], lines.contract.source)).toThrow(
      'event "placed": got id "a", expected a number, which "eventId" in its data is. Fix: give the digits of one, or leave id out.',
    );
  });

  it('takes several outputs of one event, and several entities', async () => {
    const { vectors, rows } = await given(lines).events(
      event('placed', {
        ...placed('a'),
        lines: [
          { sku: 'lamp', quantity: 1, unitCents: 100 },
          { sku: 'desk', quantity: 2, unitCents: 300 },
        ],
      }),
      order('b', { customer: 'bob' }),
    );
    expect(vectors).toMatchObject([{ sku: 'lamp' }, { sku: 'desk' }, { customer: 'bob' }]);
    expect(Object.keys(rows).toSorted()).toEqual(['ada', 'bob']);
  });

  it('lets another worker write rows first, and folds again', async () => {
    const write = vi.spyOn(MemoryRows.prototype, 'write');
    await given(lines).events(order('a'), order('b'), order('c'), order('d'));
    const answers = write.mock.settledResults.flatMap((result) =>
      result.type === 'fulfilled' ? result.value : [],
    );
    write.mockRestore();
    // After all, half and one of the four were written by the other worker.
    expect(answers.filter(({ kind }) => kind === 'conflict')).toHaveLength(3);
  });

  it('begins with the rows that are given', async () => {
    const { rows, vectors } = await given(lines)
      .row('ada', { orders: 3, cancelled: 1, lines: 5, spentCents: 10_000 })
      .events(order('a', { quantity: 1 }), order('b', { customer: 'bob', quantity: 2 }));
    expect(rows).toEqual({
      ada: { orders: 4, cancelled: 1, lines: 6, spentCents: 10_500 },
      bob: { orders: 1, cancelled: 0, lines: 1, spentCents: 1_000 },
    });
    expect(vectors).toMatchObject([
      { customer: 'ada', meanLineCents: 1_750, cancelledShare: 0.25 },
      { customer: 'bob', meanLineCents: 1_000, cancelledShare: 0 },
    ]);
  });

  it('refuses a row that fold could not have returned', async () => {
    await expect(given<TriggerTypes>(lines).row('ada', { orders: 'three' }).events()).rejects.toThrow(
      /^the row of "ada" is not of schema "row": .*Fix: give a state that fold could have returned\.$/,
    );
  });

  it('takes a function that throws by itself for what it is', async () => {
    const broken = withFold(lines, 'placed', {
      fold: () => {
        throw new Error('a bug');
      },
    });
    const { letters, verdicts } = await given(broken).events(order('a'));
    expect(verdicts).toEqual(['dead-lettered(function-threw)']);
    expect(letters).toMatchObject([
      { message: expect.stringMatching(/^a bug \(test\/unit\/testing\/given-features\.test\.ts:/) as string },
    ]);
  });
});
