/** A tiny domain whose every event says what will go wrong with it. */
import { Type } from 'typebox';
import { atMostOnce, keyed } from '../../lib/core/contract/policies.ts';
import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import { topic } from '../../lib/core/contract/topics.ts';
import { defineTrigger } from '../../lib/core/contract/trigger.ts';
import { PermanentRecordError } from '../../lib/core/errors.ts';
import type { Validator, Validators } from '../../lib/core/ports/stage-ports.ts';
import { param, suppress, type ActionStage } from '../../lib/core/stages/action.ts';
import type { FeaturesStage } from '../../lib/core/stages/features.ts';
import type { InferenceStage, Model } from '../../lib/core/stages/inference.ts';
import { days, hours, minutes, perMinute, seconds } from '../../lib/core/units.ts';
import type { Domain } from '../../lib/testing/simulation/domain.ts';
import type { Fates, StageHooks } from '../../lib/testing/simulation/subject.ts';
import type { Tape } from '../../lib/testing/simulation/tape.ts';
import type { SimDecision, SimEvent, SimState, SimVector } from './events.ts';
import { SimProducer } from './producer.ts';

interface Variant {
  readonly effect: 'keyed' | 'at-most-once';
  readonly pollers: 'provisioned' | 'on-demand';
  readonly hasContext: boolean;
  readonly limited: boolean;
  /** Inference suppresses what is late, and action what was made from old context. */
  readonly suppresses: boolean;
  readonly batchSize: number;
  /** The mappings give up on what is too old. */
  readonly ages: boolean;
}

const source = topic('sim.event.happened', {
  key: 'entity',
  time: 'at',
  partitions: 2,
  events: { ask: anyData(), note: anyData() },
});
const facts = topic('sim.fact.noted', {
  key: 'entity',
  time: 'at',
  partitions: 1,
  events: { fact: anyData() },
});

function anyData() {
  return Type.Object(
    { n: Type.Number(), entity: Type.String(), at: Type.String() },
    { additionalProperties: true },
  );
}

const contracts = new Map<string, ResolvedContract>();

const contractOf = (variant: Variant): ResolvedContract => {
  const known = contracts.get(JSON.stringify(variant));
  if (known) return known;
  const mapping = {
    batchSize: variant.batchSize,
    window: seconds(0),
    pollers: variant.pollers === 'on-demand' ? ('on-demand' as const) : { min: 1, max: 1 },
    timeout: seconds(10),
    ...(variant.pollers === 'on-demand'
      ? {}
      : {
          retries: 400,
          onFailure: 'dead-letter-topic' as const,
          maxAge: variant.ages ? minutes(5) : ('infinite' as const),
        }),
  };
  // A record that kills its worker is given up here by the mapping alone: few enough retries for a run to see that.
  const featuresRetries = variant.pollers === 'on-demand' ? {} : { retries: 6 };
  const budget = { fetch: seconds(1), process: seconds(1), external: seconds(1), emit: seconds(1) };
  const { resolved } = defineTrigger({
    pipeline: 'sim',
    version: '1.0.0',
    owner: 'simulation',
    freshness: { target: seconds(30), objective: 0.99 },
    deadline: minutes(2),
    source,
    ...(variant.hasContext
      ? {
          context: {
            facts: {
              source: facts,
              maxAge: minutes(30),
              history: hours(2),
              whenStale: variant.suppresses ? ('suppress' as const) : ('flag' as const),
              mapping,
              budget: { fetch: seconds(1), process: seconds(1), emit: seconds(1) },
            },
          },
        }
      : {}),
    features: {
      budget: { fetch: seconds(1), process: seconds(1), emit: seconds(1) },
      row: Type.Unknown(),
      memory: days(1),
      output: Type.Unknown(),
      mapping: { ...mapping, ...featuresRetries },
    },
    inference: {
      budget,
      output: Type.Unknown(),
      mapping,
      late: variant.suppresses ? 'suppress' : 'flag',
      giveUp: { after: seconds(20), attempts: 3 },
    },
    action: {
      budget,
      effect: variant.effect === 'keyed' ? keyed() : atMostOnce(),
      mapping,
      giveUp: { after: seconds(20), attempts: 3 },
      ...(variant.limited ? { limit: perMinute(2) } : {}),
    },
  });
  contracts.set(JSON.stringify(variant), resolved);
  return resolved;
};

const none: Validator = () => [];

/** @param isFixed - whether the operator has deployed the schema that knows the broken events */
const validatorsOf = (isFixed: () => boolean): Validators => {
  const event: Validator = (value) => {
    if (typeof value !== 'object' || value === null || !('n' in value))
      return [{ pointer: '/n', message: 'is missing' }];
    return 'broken' in value && !isFixed() ? [{ pointer: '/broken', message: 'is unknown' }] : [];
  };
  return {
    source: { ask: event, note: event },
    context: { facts: { fact: event } },
    row: none,
    vector: none,
    decision: none,
  };
};

const featuresStage = (contract: ResolvedContract, hooks: StageHooks): FeaturesStage => {
  const fold = (state: unknown, data: unknown): SimState => {
    const event = data as SimEvent;
    if (event.kills === 'features') hooks.die();
    if (event.throws) throw new Error('the fold throws');
    return { folded: [...(state as SimState).folded, event.n] };
  };
  return {
    kind: 'features',
    contract,
    initial: { folded: [] },
    on: {
      note: { fold },
      ask: {
        fold,
        emit: ({ event, context }) => {
          const asked = event as SimEvent;
          const view = (context as Record<string, { status: string; value?: unknown } | undefined>)['facts'];
          const fact = view?.value as SimEvent | undefined;
          const vectorOf = (part: number): SimVector => ({
            ...asked,
            part,
            fact: fact?.n ?? null,
            factAt: fact?.at ?? null,
          });
          return asked.n % 3 === 0 ? [vectorOf(0), vectorOf(1)] : vectorOf(0);
        },
      },
    },
  };
};

/** It answers differently each time it is asked. */
const modelOf = ({ count }: StageHooks): Model<unknown, object> => ({
  id: 'simulated',
  version: '1',
  digest: 'none',
  infer: (vector) => {
    if ((vector as SimVector).refusedBy === 'model')
      throw new PermanentRecordError('USER_PERMANENT', { message: 'the model refuses it' });
    return { answer: { nonce: count() } };
  },
});

const inferenceStage = (contract: ResolvedContract, hooks: StageHooks): InferenceStage => ({
  kind: 'inference',
  contract,
  model: modelOf(hooks),
  decide: (input): SimDecision => {
    const { vector, nonce } = input as { vector: SimVector; nonce: number };
    return {
      n: vector.n,
      part: vector.part,
      nonce,
      kills: vector.kills ?? null,
      refused: vector.refusedBy === 'downstream',
    };
  },
});

const actionStage = (contract: ResolvedContract): ActionStage => ({
  kind: 'action',
  contract,
  request: (data) => {
    const decision = data as SimDecision;
    return decision.n % 4 === 1 ? suppress('below-threshold') : decision;
  },
  via: {
    transport: 'simulated',
    keyed: true,
    params: [param('UNUSED')],
    open: () => ({ send: () => Promise.reject(new Error('opened by nobody')) }),
  },
});

const variantOf = (tape: Tape): Variant => ({
  effect: tape.pick(2) === 0 ? 'keyed' : 'at-most-once',
  pollers: tape.pick(4) === 3 ? 'on-demand' : 'provisioned',
  hasContext: tape.pick(3) === 2,
  limited: tape.pick(6) === 5,
  suppresses: tape.pick(4) === 3,
  batchSize: [3, 1, 2, 6][tape.pick(4)]!,
  ages: tape.pick(6) === 5,
});

const fates: Fates = {
  killsModel: (vector) => (vector as SimVector).kills === 'inference',
  ofRequest: (request) => {
    const { kills, refused } = request as SimDecision;
    if (kills === 'action') return 'kills';
    return refused ? 'refused' : undefined;
  },
  kills: (value) => ((value as Pick<SimEvent, 'kills'>).kills ?? null) !== null,
  isMendable: (event) => (event as SimEvent).broken === true,
};

/** The tape says of what kind the contract is; the events say the rest. */
export const domain: Domain = (tape) => {
  const contract = contractOf(variantOf(tape));
  return {
    subject: {
      contract,
      validators: validatorsOf,
      stages: (hooks) => ({
        features: featuresStage(contract, hooks),
        inference: inferenceStage(contract, hooks),
        action: actionStage(contract),
      }),
      fates,
    },
    publisher: (deployment) => new SimProducer(deployment),
  };
};
