import { Type } from 'typebox';
import { describe, expectTypeOf, it } from 'vitest';
import { atMostOnce, keyed } from '../../lib/core/contract/policies.ts';
import { topic } from '../../lib/core/contract/topics.ts';
import { defineTrigger } from '../../lib/core/contract/trigger.ts';
import { hours, millis, seconds } from '../../lib/core/units.ts';
import {
  defineAction,
  param,
  suppress,
  type ActionStage,
  type TransportDefinition,
} from '../../lib/core/stages/action.ts';
import { defineFeatures, type ContextView, type FeaturesStage } from '../../lib/core/stages/features.ts';
import { defineInference, type InferenceStage, type Model } from '../../lib/core/stages/inference.ts';

const Opened = Type.Object({ door: Type.String(), at: Type.String() });
const Closed = Type.Object({ door: Type.String(), at: Type.String(), slammed: Type.Boolean() });
const Weather = Type.Object({ door: Type.String(), at: Type.String(), celsius: Type.Number() });

const options = {
  pipeline: 'door-watch',
  version: '1.0.0',
  owner: 'facilities',
  freshness: { target: seconds(10), objective: 0.99 },
  deadline: seconds(60),
  source: topic('building.door.moved', {
    key: 'door',
    time: 'at',
    events: { opened: Opened, closed: Closed },
  }),
  context: {
    weather: {
      source: topic('building.weather.observed', { key: 'door', time: 'at', events: { observed: Weather } }),
      maxAge: hours(1),
      history: hours(2),
    },
  },
  features: {
    budget: millis(500),
    row: Type.Object({ moves: Type.Integer() }),
    memory: hours(1),
    output: Type.Object({ moves: Type.Integer(), celsius: Type.Union([Type.Number(), Type.Null()]) }),
  },
  inference: {
    budget: millis(500),
    output: Type.Object({ alert: Type.Boolean(), because: Type.String() }),
  },
} as const;

const giveUp = { after: seconds(10), attempts: 2 };
const contract = defineTrigger({ ...options, action: { budget: millis(500), effect: keyed(), giveUp } });
const atMostOnceContract = defineTrigger({
  ...options,
  action: { budget: millis(500), effect: atMostOnce(), giveUp },
});

type Types = NonNullable<typeof contract.types>;
type AtMostOnceTypes = NonNullable<typeof atMostOnceContract.types>;

interface Row {
  moves: number;
}
interface Vector {
  moves: number;
  celsius: number | null;
}
interface Decision {
  alert: boolean;
  because: string;
}
interface OpenedEvent {
  door: string;
  at: string;
}
interface ClosedEvent extends OpenedEvent {
  slammed: boolean;
}
interface WeatherEvent extends OpenedEvent {
  celsius: number;
}

const counted = { fold: (state: Row): Row => ({ moves: state.moves + 1 }) };

declare const model: Model<Vector, { readonly score: number }>;
interface Ring {
  readonly bell: string;
}
declare const keyedTransport: TransportDefinition<Ring, true, 'BELL_URL'>;
declare const keylessTransport: TransportDefinition<Ring, false, 'BELL_URL'>;

describe('features', () => {
  it('see their event, and their context in emit alone', () => {
    defineFeatures(contract, {
      initial: { moves: 0 },
      on: {
        opened: {
          fold: (state, event) => {
            expectTypeOf(state).toEqualTypeOf<Row>();
            expectTypeOf(event).toEqualTypeOf<OpenedEvent>();
            return state;
          },
          emit: (input) => {
            expectTypeOf(input.state).toEqualTypeOf<Row>();
            expectTypeOf(input.event).toEqualTypeOf<OpenedEvent>();
            expectTypeOf(input.context.weather).toEqualTypeOf<ContextView<WeatherEvent>>();
            const { weather } = input.context;
            // One that is missing has no value.
            expectTypeOf(weather).not.toHaveProperty('value');
            expectTypeOf(input.context).not.toHaveProperty('traffic');
            return { moves: 1, celsius: weather.status === 'missing' ? null : weather.value.celsius };
          },
        },
        closed: {
          fold: (state, event) => {
            expectTypeOf(event).toEqualTypeOf<ClosedEvent>();
            return state;
          },
          emit: () => [],
        },
      },
    });
  });

  it('may emit nothing, one vector, or several', () => {
    const vector: Vector = { moves: 1, celsius: null };
    const stage = defineFeatures(contract, {
      initial: { moves: 0 },
      on: {
        opened: { ...counted, emit: () => undefined },
        closed: { ...counted, emit: () => [vector, vector] },
      },
    });
    defineFeatures(contract, {
      initial: { moves: 0 },
      on: { opened: counted, closed: { ...counted, emit: () => vector } },
    });
    expectTypeOf(stage).toEqualTypeOf<FeaturesStage<Types>>();
  });

  it('handle every event type, and no other', () => {
    const handlers = { opened: counted, closed: counted };
    expectTypeOf(defineFeatures(contract, { initial: { moves: 0 }, on: handlers })).toEqualTypeOf<
      FeaturesStage<Types>
    >();
    defineFeatures(contract, {
      initial: { moves: 0 },
      // @ts-expect-error `closed` is not handled
      on: { opened: counted },
    });
    defineFeatures(contract, {
      initial: { moves: 0 },
      // @ts-expect-error the contract has no event `locked`
      on: { opened: counted, closed: counted, locked: counted },
    });
  });

  it('return what the contract says', () => {
    const handlers = { opened: counted, closed: counted };
    expectTypeOf(defineFeatures(contract, { initial: { moves: 0 }, on: handlers })).toEqualTypeOf<
      FeaturesStage<Types>
    >();
    defineFeatures(contract, {
      // @ts-expect-error the row counts moves
      initial: { openings: 0 },
      on: { opened: counted, closed: counted },
    });
    defineFeatures(contract, {
      initial: { moves: 0 },
      on: {
        // @ts-expect-error the state must be a row
        opened: { fold: () => ({ moves: 'one' }) },
        closed: counted,
      },
    });
    defineFeatures(contract, {
      initial: { moves: 0 },
      on: {
        // @ts-expect-error the vector has no celsius
        opened: { ...counted, emit: () => ({ moves: 1 }) },
        closed: counted,
      },
    });
    defineFeatures(contract, {
      initial: { moves: 0 },
      on: {
        // @ts-expect-error every one of several must be a vector
        opened: { ...counted, emit: () => [{ moves: 1, celsius: null }, { moves: 2 }] },
        closed: counted,
      },
    });
  });
});

describe('inference', () => {
  it('decides from the model’s answer and the vector', () => {
    defineInference(contract, {
      model,
      decide: (input) => {
        expectTypeOf(input.score).toEqualTypeOf<number>();
        expectTypeOf(input.vector).toEqualTypeOf<Vector>();
        expectTypeOf(input).not.toHaveProperty('confidence');
        return { alert: input.score > 0.5, because: String(input.vector.celsius) };
      },
    });
  });

  it('returns the contract’s decision', () => {
    const decide = (): Decision => ({ alert: true, because: '' });
    expectTypeOf(defineInference(contract, { model, decide })).toEqualTypeOf<InferenceStage<Types>>();
    defineInference(contract, {
      model,
      // @ts-expect-error a decision says because of what
      decide: () => ({ alert: true }),
    });
    defineInference(contract, {
      model,
      // @ts-expect-error a decision is made at once, only the model may take its time
      decide: async () => ({ alert: true, because: 'late' }),
    });
  });

  it('takes a model of the contract’s vectors', () => {
    const decide = (): Decision => ({ alert: true, because: '' });
    expectTypeOf(defineInference(contract, { model, decide })).toEqualTypeOf<InferenceStage<Types>>();
    defineInference(contract, {
      // @ts-expect-error this model reads another vector
      model: {} as Model<{ readonly floor: number }, { readonly score: number }>,
      decide: () => ({ alert: true, because: '' }),
    });
  });
});

describe('action', () => {
  it('requests from the decision, or suppresses', () => {
    const action = defineAction(contract, {
      request: (decision) => {
        expectTypeOf(decision).toEqualTypeOf<Decision>();
        return decision.alert ? { bell: decision.because } : suppress('quiet');
      },
      via: keyedTransport,
    });
    expectTypeOf(action.via.params).toEqualTypeOf<
      TransportDefinition<never, boolean, 'BELL_URL'>['params']
    >();
    expectTypeOf(param('BELL_URL').name).toEqualTypeOf<'BELL_URL'>();
  });

  it('requests what the transport takes', () => {
    const request = (): Ring => ({ bell: 'front' });
    expectTypeOf(defineAction(contract, { request, via: keyedTransport })).toEqualTypeOf<
      ActionStage<'BELL_URL', Types>
    >();
    defineAction(contract, {
      // @ts-expect-error the transport rings bells
      request: () => ({ horn: 'loud' }),
      via: keyedTransport,
    });
    defineAction(contract, {
      // @ts-expect-error decisions have no score
      request: (decision) => ({ bell: String(decision.score) }),
      via: keyedTransport,
    });
  });

  it('needs a key where the effect is keyed', () => {
    const request = (): Ring => ({ bell: 'front' });
    expectTypeOf(defineAction(contract, { request, via: keyedTransport })).toEqualTypeOf<
      ActionStage<'BELL_URL', Types>
    >();
    defineAction(contract, {
      request: () => ({ bell: 'front' }),
      // @ts-expect-error keyed() with a transport that carries no key
      via: keylessTransport,
    });
    defineAction(contract, {
      request: () => ({ bell: 'front' }),
      // @ts-expect-error nor with one that may or may not carry it
      via: {} as TransportDefinition<Ring, boolean, 'BELL_URL'>,
    });
  });

  it('may do without where it is at-most-once', () => {
    const request = (): Ring => ({ bell: 'front' });
    const keyless = defineAction(atMostOnceContract, { request, via: keylessTransport });
    expectTypeOf(keyless).toEqualTypeOf<ActionStage<'BELL_URL', AtMostOnceTypes>>();
    const withKey = defineAction(atMostOnceContract, { request, via: keyedTransport });
    expectTypeOf(withKey).toEqualTypeOf<ActionStage<'BELL_URL', AtMostOnceTypes>>();
  });
});

describe('the contract', () => {
  it('takes no policy by name, no bare number, no misspelt option', () => {
    const action = { budget: millis(500), effect: keyed(), giveUp };
    expectTypeOf(defineTrigger({ ...options, action })).toEqualTypeOf(contract);
    // @ts-expect-error policies are values
    defineTrigger({ ...options, action: { ...action, effect: 'keyed' } });
    // @ts-expect-error a duration has a unit
    defineTrigger({ ...options, action: { ...action, budget: 500 } });
    // @ts-expect-error there is no such option
    defineTrigger({ ...options, action, deadlines: seconds(1) });
    // @ts-expect-error a late event is flagged or suppressed
    defineTrigger({ ...options, action: { ...action, late: 'drop' } });
  });

  it('has no context where none is declared', () => {
    const { context: _context, ...without } = options;
    const bare = defineTrigger({ ...without, action: { budget: millis(500), effect: keyed(), giveUp } });
    defineFeatures(bare, {
      initial: { moves: 0 },
      on: {
        opened: {
          ...counted,
          emit: ({ context }) => {
            expectTypeOf(context).not.toHaveProperty('weather');
            return undefined;
          },
        },
        closed: counted,
      },
    });
  });
});
