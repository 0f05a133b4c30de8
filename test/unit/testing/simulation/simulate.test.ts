import fc from 'fast-check';
import { Type, type Static } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { ActionStage } from '../../../../lib/core/stages/action.ts';
import type { FeatureHandler, FeaturesStage } from '../../../../lib/core/stages/features.ts';
import type { InferenceStage } from '../../../../lib/core/stages/inference.ts';
import { event, wrongEvent } from '../../../../lib/testing/event.ts';
import { simulate } from '../../../../lib/testing/simulation/simulate.ts';
import { action as inspect } from '../../../fixtures/meters/action.ts';
import { contract as meters } from '../../../fixtures/meters/contract.ts';
import { features as usage } from '../../../fixtures/meters/features.ts';
import { inference as excess } from '../../../fixtures/meters/inference.ts';
import { action as hold } from '../../../fixtures/orders/action.ts';
import {
  contract as orders,
  type Customer,
  Placed,
  type LineVector,
} from '../../../fixtures/orders/contract.ts';
import { features as lines } from '../../../fixtures/orders/features.ts';
import { inference as suspicion } from '../../../fixtures/orders/inference.ts';
import { placed } from '../../../support/orders-stages.ts';

const ordersStages = { features: lines, inference: suspicion, action: hold };

const customers = ['ada', 'bob'];
const placedOrders = Array.from({ length: 8 }, (_, index) =>
  event(
    'placed',
    placed(`o${index}`, { customer: customers[index % 2] ?? '', quantity: index % 3 === 0 ? 40 : 1 }),
  ),
);

describe('simulate', () => {
  it('keeps every promise of a keyed pipeline with context', async () => {
    const readings = fc
      .record({
        meter: fc.constantFrom('m-1', 'm-2'),
        hour: fc.integer({ min: 10, max: 20 }),
        kwh: fc.nat(100),
      })
      .map(({ meter, hour, kwh }) =>
        event('reading', { district: 'north', meter, at: `2026-01-05T${hour}:00:00Z`, kwh }),
      );
    const weather = fc
      .integer({ min: 10, max: 20 })
      .map((hour) => ({ district: 'north', at: `2026-01-05T${hour}:00:00Z`, celsius: -3 }));
    const { schedules, requests, verdicts } = await simulate(
      meters,
      { features: usage, inference: excess, action: inspect },
      { events: readings, context: { weather }, runs: 200, seed: 5 },
    );
    expect(schedules).toBe(200);
    expect(requests).toBeGreaterThan(20);
    expect(verdicts['context-weather']?.['state-only']).toBeGreaterThan(20);
    expect(verdicts['features']?.['done']).toBeGreaterThan(50);
  });

  it('keeps every promise of an at-most-once pipeline, with letters and doubts', async () => {
    const wrong = wrongEvent('placed', { ...placed('wrong'), lines: 'none' });
    const events = [...placedOrders.slice(0, 1), wrong, ...placedOrders.slice(1)];
    const { requests, verdicts } = await simulate(orders, ordersStages, { events, runs: 200 });
    expect(requests).toBeGreaterThan(20);
    expect(verdicts['features']?.['dead-lettered(schema)']).toBeGreaterThan(0);
    expect(verdicts['action']?.['in-doubt']).toBeGreaterThan(0);
    expect(verdicts['action']?.['suppressed(looks-right)']).toBeGreaterThan(0);
  });

  it('knows a producer that sends one identity twice, as a number too', async () => {
    const { source } = orders.resolved;
    const placedSchema = { ...Placed, properties: { ...Placed.properties, eventId: Type.Integer() } };
    const resolved = { ...orders.resolved, source: { ...source, events: { placed: placedSchema } } };
    const stages = {
      features: { ...lines, contract: resolved },
      inference: { ...suspicion, contract: resolved },
      action: { ...hold, contract: resolved },
    } as typeof ordersStages;
    // The same order, and so the same identity, each time.
    const events = [1, 1, 2, 2, 3, 3].map((eventId) =>
      wrongEvent('placed', { ...placed(`o${eventId}`), eventId }),
    );
    const { verdicts } = await simulate({ ...orders, resolved }, stages, { events, runs: 50 });
    expect(verdicts['features']?.['done']).toBeGreaterThan(20);
    expect(verdicts['features']?.['fenced']).toBeGreaterThan(20);
  });

  it('publishes an event under the identity that it is given', async () => {
    const events = ['a', 'a', 'b'].map((id) => event('placed', placed('o'), { id }));
    const folded = new Set<string>();
    const fold: Handler['fold'] = (state, of) => {
      folded.add(of.eventId);
      return { ...state, orders: state.orders + 1 };
    };
    const features = withPlaced({ fold }) as typeof lines;
    await simulate(orders, { ...ordersStages, features }, { events, runs: 20 });
    expect([...folded].toSorted()).toEqual(['a', 'b']);
  });

  it('tries the same schedules for the same seed, and others for another', async () => {
    const tried = (seed: number): Promise<unknown> =>
      simulate(orders, ordersStages, { events: placedOrders, runs: 20, seed });
    expect(await tried(3)).toEqual(await tried(3));
    expect(await tried(4)).not.toEqual(await tried(3));
  });
});

/** What is thrown over the orders with other stages. */
const told = async (
  changes: {
    readonly features?: FeaturesStage;
    readonly inference?: InferenceStage;
    readonly action?: ActionStage;
  },
  options: { readonly seed?: number; readonly path?: string } = {},
): Promise<string> => {
  const stages = { ...ordersStages, ...changes } as typeof ordersStages;
  try {
    await simulate(orders, stages, { events: placedOrders, runs: 200, ...options });
    return 'nothing';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
};

type Handler = FeatureHandler<Customer, Static<typeof Placed>, Static<typeof LineVector>, object>;

const withPlaced = (changes: Partial<Handler>): FeaturesStage => ({
  ...lines,
  on: { ...lines.on, placed: { ...lines.on['placed'], ...changes } as FeaturesStage['on'][string] },
});

describe('a stage with a fault is found and explained', () => {
  it('a decide that draws lots', async () => {
    const inference: InferenceStage = {
      ...suspicion,
      decide: (input) => ({ ...(suspicion.decide(input) as object), score: Math.random() }),
    };
    const text = await told({ inference });
    expect(text).toMatch(/^orders breaks a promise in schedule \d+ \(seed 1, path [\d:]+\)\./);
    expect(text).toMatch(
      /decide depends on randomness: to one input its answer at \/score was 0\.\d+, and then 0\.\d+\. Fix: derive from the event what must vary/,
    );
    expect(text).toContain('broken  functions are pure:');
    // The shortest schedule: one order, no accident.
    expect(text).toContain('(faults in it: none)');
    expect(text.match(/is published at/g)).toHaveLength(1);
    expect(text).toMatch(/inference#1: ask the model/);
  });

  it('a fold that counts in a variable', async () => {
    let count = 0;
    const fold = (state: Customer): Customer => ({ ...state, orders: (count += 1) });
    expect(await told({ features: withPlaced({ fold }) })).toMatch(
      /fold of "placed" depends on what it kept from an earlier call: .* Fix: keep no variable outside/,
    );
  });

  it('a fold that remembers the order before: no call betrays it, but a schedule does', async () => {
    let [before, current] = ['', ''];
    const fold = (state: Customer, { order }: Static<typeof Placed>): Customer => {
      if (order !== current) [before, current] = [current, order];
      return { ...state, orders: state.orders + 1, lines: before === 'order-o1' ? 1 : 2 };
    };
    const text = await told({ features: withPlaced({ fold }) });
    expect(text).toMatch(
      /fold of "placed" depends on what it kept from an earlier call: to one input its answer at \/lines was [12], and then [12]/,
    );
    expect(text).not.toContain('fault of Freshet');
  });

  it('an emit that reads the clock', async () => {
    const emit: Handler['emit'] = ({ event: { customer, order } }) => ({
      customer,
      order,
      sku: 'lamp',
      quantity: 1,
      amountCents: Math.floor(Date.now() / 1_000),
      meanLineCents: 1,
      cancelledShare: 0,
    });
    expect(await told({ features: withPlaced({ emit }) })).toMatch(
      /emit of "placed" depends on a clock: to one input its answer at \/amountCents was \d+, and then \d+/,
    );
  });

  it('a request that guards itself in memory', async () => {
    const sent = new Set<string>();
    const action: ActionStage = {
      ...hold,
      request: (decided) => {
        const { order } = decided as { readonly order: string };
        const isFirst = !sent.has(order);
        sent.add(order);
        return isFirst ? hold.request(decided) : { suppress: 'sent' };
      },
    };
    expect(await told({ action })).toMatch(/request depends on what it kept from an earlier call/);
  });

  it('is shown again by its seed and path', async () => {
    const inference: InferenceStage = {
      ...suspicion,
      decide: (input) => ({ ...(suspicion.decide(input) as object), score: Math.random() }),
    };
    const text = await told({ inference });
    const path = /path ([\d:]+)\)/.exec(text)?.[1] ?? '';
    expect(text).toContain(`See it again: simulate(…, { …, seed: 1, path: '${path}' })`);
    const again = await told({ inference }, { seed: 1, path });
    const timelineOf = (of: string): string | undefined =>
      of
        .split('the schedule, as short')[1]
        ?.split('See it')[0]
        ?.replaceAll(/0\.\d+/g, 'a lot');
    expect(timelineOf(again)).toBe(timelineOf(text));
  });

  it('a model that never answers', async () => {
    const inference: InferenceStage = {
      ...suspicion,
      model: { ...suspicion.model, infer: () => new Promise(() => {}) },
    };
    expect(await told({ inference }, { seed: 1, path: '0' })).toMatch(
      /the model did not answer within 2000 ms/,
    );
  });
});
