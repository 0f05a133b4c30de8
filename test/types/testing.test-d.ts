import fc from 'fast-check';
import { describe, expectTypeOf, it } from 'vitest';
import { event, wrongEvent } from '../../lib/testing/event.ts';
import { given } from '../../lib/testing/given.ts';
import { simulate } from '../../lib/testing/simulation/simulate.ts';
import { action } from '../fixtures/meters/action.ts';
import { contract } from '../fixtures/meters/contract.ts';
import { features } from '../fixtures/meters/features.ts';
import { inference } from '../fixtures/meters/inference.ts';
import { features as orders } from '../fixtures/orders/features.ts';

const reading = { district: 'north', meter: 'm-1', at: '2026-01-05T08:00:00Z', kwh: 1 };
const cold = { district: 'north', at: '2026-01-05T07:30:00Z', celsius: -3 };
const usage = {
  district: 'north',
  meter: 'm-1',
  usedKwh: 1,
  districtMeanKwh: 1,
  celsius: null,
  weather: 'fresh' as const,
};

describe('given(features)', () => {
  it('takes the events of the contract, and no others', () => {
    const stage = given(features);
    expectTypeOf(stage.events(event('reading', reading))).resolves.toHaveProperty('verdicts');
    void stage.events(event('replaced', { district: 'north', meter: 'm-1', at: '2026-01-05T08:00:00Z' }));
    // @ts-expect-error the contract has no event `measured`
    void stage.events(event('measured', reading));
    // @ts-expect-error a reading has kwh
    void stage.events(event('reading', { district: 'north', meter: 'm-1', at: '2026-01-05T08:00:00Z' }));
    // @ts-expect-error kwh is a number
    void stage.events(event('reading', { ...reading, kwh: '1' }));
    // @ts-expect-error one wrong event among right ones
    void stage.events(event('reading', reading), event('reading', { ...reading, at: 5 }));
    // @ts-expect-error an event is made with event(…)
    void stage.events(reading);
  });

  it('takes literals as the schema has them', () => {
    const placed = { eventId: 'e', customer: 'ada', order: 'o', at: '2026-01-05T08:00:00Z', lines: [] };
    const line = { sku: 'lamp', quantity: 1, unitCents: 100 };
    expectTypeOf(
      given(orders).events(event('placed', { ...placed, kind: 'placed', lines: [line] })),
    ).resolves.toHaveProperty('rows');
    // @ts-expect-error it says that it is another event
    void given(orders).events(event('placed', { ...placed, kind: 'cancelled' }));
  });

  it('takes a wrong event where it is meant so', () => {
    const wrong = wrongEvent('reading', { kwh: 'much' });
    expectTypeOf(given(features).events(wrong, event('reading', reading))).resolves.toHaveProperty('letters');
  });

  it('takes rows of the contract', () => {
    expectTypeOf(given(features).row('north', { last: {} })).toEqualTypeOf(given(features));
    // @ts-expect-error a district has its last readings
    void given(features).row('north', { readings: [] });
    // @ts-expect-error usage is a number
    void given(features).row('north', { last: { 'm-1': { at: '', kwh: 1, usedKwh: 'much' } } });
  });

  it('takes the contexts of the contract', () => {
    expectTypeOf(given(features).context('weather', cold, cold)).toEqualTypeOf(given(features));
    // @ts-expect-error there is no context `traffic`
    void given(features).context('traffic', cold);
    // @ts-expect-error weather has a temperature
    void given(features).context('weather', { district: 'north', at: '2026-01-05T07:30:00Z' });
    // @ts-expect-error the contract of orders has no context
    void given(orders).context('weather', cold);
  });

  it('answers with the rows and vectors of the contract', async () => {
    const { rows, vectors } = await given(features).events();
    expectTypeOf(rows['north']?.last['m-1']?.usedKwh).toEqualTypeOf<number | undefined>();
    expectTypeOf(vectors[0]?.weather).toEqualTypeOf<'fresh' | 'stale' | 'missing' | undefined>();
  });
});

describe('given(inference) and given(action)', () => {
  it('take and answer what the contract has between them', async () => {
    const made = await given(features).events();
    expectTypeOf(given(inference).vectors(...made.emissions, usage)).resolves.toHaveProperty('decisions');
    // @ts-expect-error no weather is `cloudy`
    void given(inference).vectors({ ...usage, weather: 'cloudy' });
    const { decisions, emissions } = await given(inference).vectors(usage);
    expectTypeOf(decisions[0]?.inspect).toEqualTypeOf<boolean | undefined>();
    void given(action).decisions(...emissions, ...decisions);
    // @ts-expect-error a decision says of which meter
    void given(action).decisions({ inspect: true, score: 1, district: 'north', weather: 'fresh' });
  });
});

describe('simulate', () => {
  const stages = { features, inference, action };

  it('takes the stages and the events of its contract, and no others', () => {
    const events = [event('reading', reading)];
    expectTypeOf(
      simulate(contract, stages, { events, context: { weather: [cold] } }),
    ).resolves.toHaveProperty('verdicts');
    void simulate(contract, stages, { events: fc.constant(event('reading', reading)) });
    // @ts-expect-error kwh is a number
    void simulate(contract, stages, { events: [event('reading', { ...reading, kwh: '1' })] });
    // @ts-expect-error an arbitrary of readings without kwh
    void simulate(contract, stages, { events: fc.constant(event('reading', cold)) });
    // @ts-expect-error there is no context `traffic`
    void simulate(contract, stages, { events, context: { traffic: [cold] } });
    // @ts-expect-error weather has a temperature
    void simulate(contract, stages, { events, context: { weather: [reading] } });
    // @ts-expect-error the features of another contract
    void simulate(contract, { ...stages, features: orders }, { events });
  });
});
