import { describe, expect, it } from 'vitest';
import type { ActionStage, SendAnswer } from '../../../lib/core/stages/action.ts';
import type { FeaturesStage } from '../../../lib/core/stages/features.ts';
import type { InferenceStage } from '../../../lib/core/stages/inference.ts';
import { minutes, seconds } from '../../../lib/core/units.ts';
import { event, type GivenEvent } from '../../../lib/testing/event.ts';
import { fakeTransport } from '../../../lib/testing/fake-transport.ts';
import { given } from '../../../lib/testing/given.ts';
import { action as inspect } from '../../fixtures/meters/action.ts';
import { features as usage } from '../../fixtures/meters/features.ts';
import { inference as excess } from '../../fixtures/meters/inference.ts';
import { action as hold } from '../../fixtures/orders/action.ts';
import { features as lines } from '../../fixtures/orders/features.ts';
import { inference as suspicion } from '../../fixtures/orders/inference.ts';
import { placed } from '../../support/orders-stages.ts';

const reading = (meter: string, kwh: number, at = '2026-01-05T08:00:00Z'): GivenEvent =>
  event('reading', { district: 'north', meter, at, kwh });
const cold = { district: 'north', at: '2026-01-05T07:30:00Z', celsius: -3 };
const order = (id: string, more?: Parameters<typeof placed>[1]): GivenEvent =>
  event('placed', placed(id, more));

const unknown: SendAnswer = { kind: 'unknown', detail: '503', retryAfterMs: undefined };
const notDone: SendAnswer = { kind: 'not-done', detail: '429', retryAfterMs: undefined };
const refused: SendAnswer = { kind: 'refused', detail: '422' };
const done: SendAnswer = { kind: 'done', evidence: '201' };

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
      .events(reading('m-1', 10), reading('m-2', 5), reading('m-1', 14));
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
      .events(reading('m-1', 10), reading('m-1', 14));
    expect(vectors).toMatchObject([{ celsius: null, weather: 'missing' }]);
    expect(emissions[0]?.flags).toEqual(['weather:missing']);
  });

  it('refuses an observation that the contract does not know', async () => {
    await expect(
      given(usage)
        .context('weather', { ...cold, celsius: 'cold' })
        .events(),
    ).rejects.toThrow(/observation number 1 of context "weather" is not taken: got dead-lettered\(schema\)/);
  });

  it('gives events that are wrong as letters, and goes on', async () => {
    const { letters, verdicts } = await given(lines).events(
      order('a'),
      event('placed', { ...placed('b'), lines: 'none' }),
      order('c'),
    );
    expect(verdicts).toEqual(['done', 'dead-lettered(schema)', 'done']);
    expect(letters).toMatchObject([{ stage: 'features', reason: 'schema', key: 'ada' }]);
  });

  it('knows a producer’s duplicate, and another payload under a known identity', async () => {
    const { verdicts } = await given(usage).events(
      event('reading', { ...reading('m-1', 10).data }, { id: 'same' }),
      event('reading', { ...reading('m-1', 10).data }, { id: 'same' }),
      event('reading', { ...reading('m-1', 11).data }, { id: 'same' }),
    );
    expect(verdicts).toEqual(['state-only', 'fenced', 'dead-lettered(identity-conflict)']);
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

  it('finds a fold that depends on a clock, and names the delivery', async () => {
    let clock = 0;
    const ticking = withFold(lines, 'placed', {
      fold: (state) => ({ ...(state as object), orders: (clock += 1), lines: 1 }),
    });
    await expect(given(ticking).events(order('a'), order('b'))).rejects.toThrow(
      /^When the same is done once more from the beginning, the row of ada is another: \/state\/orders was 2, and now is 4\./,
    );
  });

  it('finds what is kept between calls', async () => {
    const seen: string[] = [];
    const remembering = withFold(lines, 'placed', {
      emit: ({ event: happened, state }) => {
        const { order: name } = happened as { readonly order: string };
        const isFirst = !seen.includes(name);
        if (isFirst) seen.push(name);
        if (!isFirst) return [];
        return lines.on['placed']?.emit?.({ state, event: happened, context: {} });
      },
    });
    await expect(given(remembering).events(order('a'), order('b'))).rejects.toThrow(
      /^When .* the vector .* is another/,
    );
  });

  it.each([
    [
      'the state',
      { fold: (state: unknown) => Object.assign(state as object, { orders: 9 }) },
      /fold of "placed" changes its input: state\/orders was 0 and became 9/,
    ],
    [
      'the event',
      {
        fold: (state: unknown, of: unknown) => {
          (of as { lines: unknown[] }).lines.pop();
          return state;
        },
      },
      /fold of "placed" changes its input: event\/lines\/0 was \{.*\} and became nothing/,
    ],
    [
      'the state, in emit',
      {
        emit: ({ state }: { readonly state: unknown }) => {
          (state as { orders: number }).orders += 1;
          return [];
        },
      },
      /emit of "placed" changes its input: input\/state\/orders was 1 and became 2/,
    ],
  ])('finds a function that changes %s', async (_, handler, message) => {
    await expect(given(withFold(lines, 'placed', handler)).events(order('a'))).rejects.toThrow(message);
  });

  it('takes a function that throws by itself for what it is', async () => {
    const broken = withFold(lines, 'placed', {
      fold: () => {
        throw new Error('a bug');
      },
    });
    const { letters, verdicts } = await given(broken).events(order('a'));
    expect(verdicts).toEqual(['dead-lettered(function-threw)']);
    expect(letters).toMatchObject([{ message: 'a bug' }]);
  });
});

const vector = {
  customer: 'ada',
  order: 'o-1',
  sku: 'lamp',
  quantity: 40,
  amountCents: 20_000,
  meanLineCents: 20_000,
  cancelledShare: 0,
};

describe('given(inference)', () => {
  it('decides on vectors', async () => {
    const { decisions, verdicts, letters, outcomes } = await given(suspicion).vectors(vector, {
      ...vector,
      quantity: 1,
    });
    expect(decisions).toMatchObject([{ hold: true, order: 'o-1' }, { hold: false }]);
    expect(verdicts).toEqual(['done', 'done']);
    expect([...letters, ...outcomes]).toEqual([]);
  });

  it('takes what features emitted, with its flags', async () => {
    const { emissions } = await given(usage).events(
      reading('m-2', 1),
      reading('m-1', 10),
      reading('m-1', 90),
    );
    const decided = await given(excess).vectors(...emissions);
    expect(decided.decisions).toMatchObject([{ inspect: true, meter: 'm-1', weather: 'missing' }]);
    expect(decided.emissions[0]?.flags).toEqual(['weather:missing']);
  });

  it('flags what is late', async () => {
    const { emissions } = await given(suspicion).after(minutes(11)).vectors(vector);
    expect(emissions[0]?.flags).toEqual(['late']);
    expect((await given(suspicion).flags('x:stale').vectors(vector)).emissions[0]?.flags).toEqual([
      'x:stale',
    ]);
  });

  it('lets a model answer differently each time', async () => {
    let answers = 0;
    const moody: InferenceStage = {
      ...suspicion,
      model: { ...suspicion.model, infer: () => ({ answer: { score: (answers += 1) / 100 } }) },
    };
    const { decisions } = await given(moody).vectors(vector, vector, vector);
    expect(decisions).toMatchObject([{ score: 0.01 }, { score: 0.02 }, { score: 0.03 }]);
  });

  it('asks a model that fails for a moment again, and gives up on one that stays so', async () => {
    const failing = (times: number): InferenceStage => {
      const asked = new Map<string, number>();
      return {
        ...suspicion,
        model: {
          ...suspicion.model,
          infer: async (_, { traceparent = '' }) => {
            const before = asked.get(traceparent) ?? 0;
            asked.set(traceparent, before + 1);
            if (before < times) throw new Error('overloaded');
            return { answer: { score: 1 } };
          },
        },
      };
    };
    expect((await given(failing(2)).vectors(vector)).verdicts).toEqual(['done']);
    const { letters, verdicts } = await given(failing(1_000)).vectors(vector);
    expect(verdicts).toEqual(['dead-lettered(gave-up)']);
    expect(letters).toMatchObject([{ stage: 'inference', message: 'overloaded' }]);
  });

  it('finds a decide that is not pure, or changes its vector', async () => {
    let drift = 0;
    const drifting: InferenceStage = {
      ...suspicion,
      decide: (input) => ({ ...(suspicion.decide(input) as object), score: (drift += 0.125) }),
    };
    await expect(given(drifting).vectors(vector)).rejects.toThrow(
      /\/data\/score was 0\.125, and now is 0\.25/,
    );
    const changing: InferenceStage = {
      ...suspicion,
      decide: (input) => {
        (input as { vector: { quantity: number } }).vector.quantity = 0;
        return suspicion.decide(input);
      },
    };
    await expect(given(changing).vectors(vector)).rejects.toThrow(
      /decide changes its input: input\/vector\/quantity was 40 and became 0/,
    );
    const greedy: InferenceStage = {
      ...suspicion,
      model: {
        ...suspicion.model,
        infer: async (taken) => {
          (taken as { quantity: number }).quantity = 0;
          return { answer: { score: 1 } };
        },
      },
    };
    await expect(given(greedy).vectors(vector)).rejects.toThrow(
      /infer of the model changes its input: vector\/quantity/,
    );
  });

  it('says who does not answer', async () => {
    const mute: InferenceStage = {
      ...suspicion,
      model: { ...suspicion.model, infer: () => new Promise(() => {}) },
    };
    await expect(given(mute).vectors(vector)).rejects.toThrow(/the model did not answer within/);
  });
});

const decision = { hold: true, score: 0.9, customer: 'ada', order: 'o-1', sku: 'lamp' };
const inspection = { inspect: true, score: 0.8, district: 'north', meter: 'm-1', weather: 'fresh' };

describe('given(action)', () => {
  it('acts once on each decision, under a key of its own', async () => {
    const { effects, outcomes, letters, verdicts } = await given(hold).decisions(
      decision,
      { ...decision, hold: false },
      { ...decision, order: 'o-2' },
    );
    expect(effects).toEqual([
      {
        key: expect.stringMatching(/^freshet-[\da-f]{40}$/),
        request: { method: 'POST', path: '/holds', body: { order: 'o-1', sku: 'lamp', score: 0.9 } },
        sends: 1,
      },
      { key: expect.any(String), request: expect.objectContaining({ path: '/holds' }), sends: 1 },
    ]);
    expect(new Set(effects.map(({ key }) => key)).size).toBe(2);
    expect(outcomes).toEqual([
      { status: 'done', stage: 'action', revision: 1 },
      { status: 'suppressed', stage: 'action', reason: 'looks-right', revision: 1 },
      { status: 'done', stage: 'action', revision: 1 },
    ]);
    expect(letters).toEqual([]);
    expect(verdicts).toEqual(['done', 'suppressed(looks-right)', 'done']);
  });

  it('sends again under one key where the policy allows it, and does not where it does not', async () => {
    const transport = fakeTransport((_, attempt) => (attempt < 3 ? unknown : done));
    const keyed = await given(inspect, { transport }).decisions(inspection);
    expect(keyed).toMatchObject({ verdicts: ['done'], effects: [{ sends: 3 }] });
    const once = await given(hold, { transport }).decisions(decision);
    expect(once).toMatchObject({ verdicts: ['in-doubt'], effects: [{ sends: 1 }] });
    expect(once.letters).toMatchObject([{ reason: 'unknown-outcome' }]);
    const certain = fakeTransport((_, attempt) => (attempt < 2 ? notDone : done));
    expect(await given(hold, { transport: certain }).decisions(decision)).toMatchObject({
      verdicts: ['done'],
      effects: [{ sends: 2 }],
    });
  });

  it('makes letters of what is refused, and gives up on what never succeeds', async () => {
    const no = await given(inspect, { transport: fakeTransport(() => refused) }).decisions(inspection);
    expect(no.verdicts).toEqual(['dead-lettered(refused)']);
    expect(no.letters).toMatchObject([{ stage: 'action', message: '422' }]);
    const never = await given(inspect, { transport: fakeTransport(() => notDone) }).decisions(inspection);
    expect(never.verdicts).toEqual(['dead-lettered(gave-up)']);
  });

  it('does not act on what is late', async () => {
    const late = await given(inspect).after(minutes(6)).decisions(inspection);
    expect(late).toMatchObject({ verdicts: ['suppressed(late)'], effects: [] });
    expect((await given(inspect).after(seconds(10)).decisions(inspection)).verdicts).toEqual(['done']);
  });

  it('takes what inference emitted', async () => {
    const features = await given(usage).events(reading('m-2', 1), reading('m-1', 10), reading('m-1', 90));
    const decided = await given(excess).vectors(...features.emissions);
    expect(await given(inspect).decisions(...decided.emissions)).toMatchObject({
      verdicts: ['done'],
      effects: [{ request: { path: '/inspections', body: { meter: 'm-1' } } }],
    });
  });

  it.each([
    ['keyed: the same request goes out again after a crash', inspect, inspection, 2],
    ['at-most-once: no crash makes it go out again', hold, decision, 1],
  ] as const)('%s', async (_, stage, of, most) => {
    const runs: unknown[][] = [];
    const transport = {
      open: () => {
        const requests: unknown[] = [];
        runs.push(requests);
        return {
          send: async (request: unknown) => {
            requests.push(request);
            return done;
          },
        };
      },
    };
    const { effects } = await given(stage, { transport }).decisions(of);
    expect(effects).toMatchObject([{ sends: 1 }]);
    // Once as given, and once for each other way of delivering it.
    expect(runs.length).toBeGreaterThan(10);
    expect(Math.max(...runs.map((requests) => requests.length))).toBe(most);
    for (const requests of runs) expect(requests).toEqual(requests.map(() => effects[0]?.request));
  });

  it('finds a request that is not pure, or changes its decision', async () => {
    let number = 0;
    const numbered: ActionStage = {
      ...hold,
      request: () => ({ method: 'POST', path: '/holds', body: (number += 1) }),
    };
    await expect(given(numbered).decisions(decision)).rejects.toThrow(
      /what became of decision number 1 is another: \/request\/body was 1, and now is 2/,
    );
    const changing: ActionStage = {
      ...hold,
      request: (of) => {
        (of as { score: number }).score = 1;
        return hold.request(of);
      },
    };
    await expect(given(changing).decisions(decision)).rejects.toThrow(
      /request changes its input: decision\/score/,
    );
  });
});
