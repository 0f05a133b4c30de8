/** Stages that break one law each, and what they are told. */
import type { Static } from 'typebox';
import { describe, expect, it } from 'vitest';
import { post } from '../../../lib/adapters/http.ts';
import { suppress, type ActionStage } from '../../../lib/core/stages/action.ts';
import type { FeatureHandler, FeaturesStage } from '../../../lib/core/stages/features.ts';
import type { InferenceStage } from '../../../lib/core/stages/inference.ts';
import { event, type GivenEvent } from '../../../lib/testing/event.ts';
import { given } from '../../../lib/testing/given.ts';
import { differenceText } from '../../../lib/testing/laws.ts';
import type { Schedule } from '../../../lib/testing/deliveries.ts';
import type { Customer, Hold, LineVector } from '../../fixtures/orders/contract.ts';
import { action as hold } from '../../fixtures/orders/action.ts';
import { features as lines } from '../../fixtures/orders/features.ts';
import { inference as suspicion } from '../../fixtures/orders/inference.ts';
import { placed } from '../../support/orders-stages.ts';

type Order = ReturnType<typeof placed>;
type Handler = FeatureHandler<Customer, Order, Static<typeof LineVector>, object>;

/** The orders' stage with another handler of `placed`. */
const withPlaced = (changes: Partial<Handler>, initial: unknown = lines.initial): FeaturesStage => ({
  ...lines,
  initial,
  on: { ...lines.on, placed: { ...lines.on['placed'], ...changes } as FeaturesStage['on'][string] },
});

const order = (id: string, customer = 'ada'): GivenEvent => event('placed', placed(id, { customer }));

/** What a stage is told of three orders, two of one customer and one of another. */
const told = (stage: FeaturesStage): Promise<string> =>
  given(stage)
    .events(order('a'), order('b', 'bob'), order('c'))
    .then(
      () => 'nothing',
      (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
    );

const counted = (state: Customer, more = 1): Customer => ({ ...state, orders: state.orders + more });

const remember =
  'keep no variable outside of the function that changes; what must be remembered belongs into the row';

describe('a features stage', () => {
  it('that breaks no law is told nothing', async () => {
    expect(await told(withPlaced({ fold: (state) => counted(state) }))).toBe('nothing');
  });

  it('must not change its event', async () => {
    const fold = (state: Customer, of: Order): Customer => {
      of.lines.pop();
      return counted(state);
    };
    expect(await told(withPlaced({ fold }))).toBe(
      'When everything is delivered at once, fold of "placed" changes its input: event/lines/0 was {"sku":"lamp","quantity":40,"unitCents":500} and became nothing. ' +
        'Fix: make a new value instead, such as { ...state, … }.',
    );
  });

  it('must not change its state, in emit neither', async () => {
    const fold = (state: Customer): Customer => Object.assign(state, { orders: 9 });
    expect(await told(withPlaced({ fold }))).toMatch(
      /fold of "placed" changes its input: state\/orders was 0 and became 9\./,
    );
    const emit = ({ state }: { readonly state: Customer }): [] => {
      state.orders += 1;
      return [];
    };
    expect(await told(withPlaced({ emit }))).toMatch(
      /emit of "placed" changes its input: input\/state\/orders was 1 and became 2\./,
    );
  });

  it('must not change the state that all rows begin with', async () => {
    const initial = { orders: 0, cancelled: 0, lines: 1, spentCents: 0 };
    const fold = (state: Customer): Customer => {
      initial.orders += 1;
      return counted(state);
    };
    expect(await told(withPlaced({ fold }, initial))).toBe(
      'When everything is delivered at once, fold of "placed" changes the shared `initial`, with which every row begins: initial/orders was 0 and became 1. ' +
        'Fix: make a new value instead, such as { ...state, … }, and never touch the object that `initial` names.',
    );
  });

  it.each([
    ['Date.now()', () => Date.now()],
    ['new Date()', () => new Date().getTime()],
    ['the weekday', () => new Date().getUTCDate() * 100 + new Date().getUTCMonth()],
    ['Date()', () => Date().length + Date.parse(Date())],
    ['performance.now()', () => Math.floor(performance.now() / 1_000)],
  ])('must not depend on a clock: %s', async (_, now) => {
    const emit: Handler['emit'] = ({ event: { customer } }) => ({
      customer,
      order: '',
      sku: '',
      quantity: Math.round(now()),
      amountCents: 0,
      meanLineCents: 0,
      cancelledShare: 0,
    });
    expect(await told(withPlaced({ emit }))).toMatch(
      /^When everything is delivered at once, emit of "placed" depends on a clock: to one input its answer at \/quantity was \d+, and then \d+\. Fix: take the time from the event, such as its contract's `time` field\.$/,
    );
  });

  it('may read times out of its event', async () => {
    const fold = (state: Customer, { at }: Order): Customer => counted(state, new Date(at).getUTCHours());
    expect(await told(withPlaced({ fold }))).toBe('nothing');
  });

  it.each([
    ['Math.random()', () => Math.round(Math.random() * 1_000)],
    ['a rare chance', () => (Math.random() < 0.001 ? 1 : 0)],
    ['crypto.randomUUID()', () => Number.parseInt(crypto.randomUUID().slice(-12), 16)],
    ['crypto.getRandomValues()', () => crypto.getRandomValues(new Uint8Array(4))[0] ?? 0],
  ])('must not depend on randomness: %s', async (_, chance) => {
    expect(await told(withPlaced({ fold: (state) => counted(state, chance()) }))).toMatch(
      /^When everything is delivered at once, fold of "placed" depends on randomness: to one input its answer at \/orders was \d+, and then \d+\. Fix: derive from the event/,
    );
  });

  it('must not depend on what it kept from an earlier call', async () => {
    let orders = 0;
    const fold = (state: Customer): Customer => ({ ...counted(state), lines: (orders += 1) });
    expect(await told(withPlaced({ fold }))).toBe(
      `When everything is delivered at once, fold of "placed" depends on what it kept from an earlier call: to one input its answer at /lines was 1, and then 2. Fix: ${remember}.`,
    );
  });

  it('must not depend on what came of another key', async () => {
    let latestOfAda = '';
    const fold = (state: Customer, { customer, order: id }: Order): Customer => {
      if (customer === 'ada') latestOfAda = id;
      return { ...counted(state), lines: latestOfAda === 'order-a' ? 1 : 2 };
    };
    expect(await told(withPlaced({ fold }))).toBe(
      `When records are delivered one by one, fold of "placed" depends on the order across keys, or on which records share a batch: to one input its answer at /lines was 2, and then 1. Fix: a batch may end anywhere, and only records of one key keep their order: ${remember}.`,
    );
  });

  it('must not depend on the order across keys of one partition', async () => {
    // More keys than partitions: two of them share one, and only another order in the topic itself tells them apart.
    let latest = '';
    const fold = (state: Customer, { customer }: Order): Customer => {
      const lineCount = customer === 'dan' && latest === 'ada' ? 1 : 0;
      if (customer !== 'dan') latest = customer;
      return { ...counted(state), lines: lineCount };
    };
    const events = ['bob', 'cleo', 'ada', 'dan'].map((customer) => order(customer, customer));
    await expect(given(withPlaced({ fold })).events(...events)).rejects.toThrow(
      /^When (?:partitions|keys|the keys) .*, fold of "placed" depends on the order across keys/,
    );
  });

  it('must not depend on which records share a batch', async () => {
    let first = '';
    const fold = (state: Customer, { order: id }: Order): Customer => {
      if (first === '') {
        first = id;
        queueMicrotask(() => (first = ''));
      }
      return { ...counted(state), lines: first === id ? 1 : 2 };
    };
    await expect(given(withPlaced({ fold })).events(order('a'), order('b'))).rejects.toThrow(
      `When records are delivered one by one, fold of "placed" depends on which records share a batch: to one input its answer at /lines was 2, and then 1. Fix: a batch may end anywhere: ${remember}.`,
    );
  });
});

const decision: Static<typeof Hold> = { hold: true, score: 0.9, customer: 'ada', order: 'o-1', sku: 'lamp' };

describe('an inference stage', () => {
  const vector: Static<typeof LineVector> = {
    customer: 'ada',
    order: 'o-1',
    sku: 'lamp',
    quantity: 40,
    amountCents: 20_000,
    meanLineCents: 20_000,
    cancelledShare: 0,
  };

  it.each([
    [
      'depends on randomness: to one input its answer at /score',
      () => ({ ...decision, score: Math.random() }),
    ],
    ['depends on a clock: to one input its answer at /score', () => ({ ...decision, score: Date.now() })],
    [
      'changes its input: input/vector/quantity was 40 and became 0',
      (input: object) => Object.assign((input as { readonly vector: object }).vector, { quantity: 0 }),
    ],
  ])('whose decide %s is told so', async (law, decide) => {
    const stage: InferenceStage = { ...suspicion, decide };
    await expect(given(stage).vectors(vector)).rejects.toThrow(`decide ${law}`);
  });

  it('may have a model that answers differently each time, which leaves its vector alone', async () => {
    const greedy: InferenceStage = {
      ...suspicion,
      model: {
        ...suspicion.model,
        infer: async (taken) => {
          Object.assign(taken as object, { quantity: 0 });
          return { answer: { score: Math.random() } };
        },
      },
    };
    await expect(given(greedy).vectors(vector)).rejects.toThrow(
      /infer of the model changes its input: vector\/quantity was 40 and became 0/,
    );
  });
});

describe('an action', () => {
  const withRequest = (request: ActionStage['request']): ActionStage => ({ ...hold, request });
  const sending = (decided: unknown): unknown =>
    post('/holds', { order: (decided as { order: string }).order });

  it('must not depend on how often a record is delivered', async () => {
    const sent = new Set<string>();
    const transport = {
      open: () => {
        sent.clear();
        return {
          send: async () => {
            sent.add('o-1');
            return { kind: 'done', evidence: '200' } as const;
          },
        };
      },
    };
    const request = (decided: unknown): unknown =>
      sent.has((decided as { order: string }).order) ? suppress('sent') : sending(decided);
    await expect(given(withRequest(request), { transport }).decisions(decision)).rejects.toThrow(
      /^When everything is delivered twice, request depends on how often a record is delivered: to one input its answer at \/\w+ was .* Fix: a record may come any number of times: /,
    );
  });

  it('must not depend on a worker that lives on', async () => {
    const underWay = new Set<string>();
    const transport = {
      open: () => ({
        send: async () => {
          underWay.clear();
          return { kind: 'done', evidence: '200' } as const;
        },
      }),
    };
    const request = (decided: unknown): unknown => {
      const { order: id } = decided as { readonly order: string };
      if (underWay.has(id)) return suppress('under-way');
      queueMicrotask(() => underWay.add(id));
      return sending(decided);
    };
    await expect(given(withRequest(request), { transport }).decisions(decision)).rejects.toThrow(
      /^When the worker crashes .*, request depends on a worker that lives on: to one input .* Fix: a worker may vanish at any moment/,
    );
  });

  it('must not change its decision', async () => {
    const request = (decided: unknown): unknown => Object.assign(decided as object, { score: 1 });
    await expect(given(withRequest(request)).decisions(decision)).rejects.toThrow(
      /request changes its input: decision\/score was 0\.9 and became 1/,
    );
  });
});

describe('a result that is another although every function is pure', () => {
  const broken: Readonly<Record<Schedule['kind'], string>> = {
    again: 'depends on what it kept from an earlier call',
    'regrouped-keys': 'depends on the order across keys, or on which records share a batch',
    regrouped: 'depends on which records share a batch',
    shuffled: 'depends on the order across keys',
    redelivered: 'depends on how often a record is delivered',
    crashed: 'depends on a worker that lives on',
    overtaken: 'depends on which worker writes the row first',
  };

  it.each(Object.entries(broken))('when %s: %s', (kind, law) => {
    const text = differenceText(
      'the row of ada',
      { path: '/state/orders', expected: '2', got: '3' },
      { name: 'it is delivered so', kind: kind as Schedule['kind'] },
    );
    expect(text).toContain(
      `When it is delivered so, the row of ada is another: /state/orders was 2, and now is 3. The stage ${law}. Fix: `,
    );
  });
});
