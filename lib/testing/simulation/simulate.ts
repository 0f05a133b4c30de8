/**
 * Runs a pipeline's own stages through thousands of accidents.
 *
 * ```ts
 * await simulate(contract, { features, inference, action }, { events: [event('boarding', flight), …], runs: 300 });
 * ```
 */
import fc from 'fast-check';
import type { Trigger, TriggerTypes } from '../../core/contract/trigger.ts';
import type { ActionStage } from '../../core/stages/action.ts';
import type { FeaturesStage } from '../../core/stages/features.ts';
import type { InferenceStage } from '../../core/stages/inference.ts';
import {
  observationOf,
  type ContextName,
  type EventOf,
  type GivenEvent,
  type ObservationOf,
  type WrongEvent,
} from '../event.ts';
import { impurityText } from '../laws.ts';
import { PurityWatch } from '../purity.ts';
import { watchedAction, watchedFeatures, watchedInference } from '../watched-stages.ts';
import { check } from './checker.ts';
import type { Violation } from './checks/evidence.ts';
import { rowsAreFolds } from './checks/reference-fold.ts';
import type { GivenStream } from './events-publisher.ts';
import { explain } from './explain.ts';
import type { Ran } from './ran.ts';
import { run } from './scenario.ts';
import { search, tapes, type Judged } from './search.ts';
import { stagesDomain } from './stages-domain.ts';
import type { SimulatedStages } from './subject.ts';
import { Tally, type Simulated } from './tally.ts';

/** A list, of which each schedule takes some that follow each other, or an arbitrary of one. */
type Given<Item> = readonly Item[] | fc.Arbitrary<Item>;

export interface SimulateOptions<Types extends TriggerTypes> {
  /** What is published. */
  readonly events: Given<EventOf<Types['events']> | WrongEvent>;
  /** Observations of each context, by its name. */
  readonly context?: {
    readonly [Name in ContextName<Types['contexts']>]?: Given<ObservationOf<Types['contexts'], Name>>;
  };
  /** @default 300 */
  readonly runs?: number;
  /** Another seed tries other schedules. @default 1 */
  readonly seed?: number;
  /** Of a schedule that broke a promise: only that one is tried. */
  readonly path?: string;
}

/** More than these only make a schedule longer. */
const mostEvents = 10;

/** Choices: some twenty steps of accidents in the mean. */
const longestTape = 260;

/** Seconds, and not minutes. */
const mostShrinks = 500;

interface Input {
  readonly tape: readonly number[];
  readonly stream: GivenStream;
}

const isList = <Item>(given: Given<Item>): given is readonly Item[] => Array.isArray(given);

/** Some that follow each other. */
const someOf = <Item>(given: Given<Item>): fc.Arbitrary<readonly Item[]> => {
  if (!isList(given)) return fc.array(given, { minLength: 1, maxLength: mostEvents });
  const lastStart = Math.max(0, given.length - mostEvents);
  return fc
    .tuple(fc.nat(lastStart), fc.integer({ min: 1, max: mostEvents }))
    .map(([start, count]) => given.slice(start, start + count));
};

/**
 * Runs schedules of crashes, redeliveries, zombies, lost answers, throttled stores, failing models and downstreams, paused
 * actions, redrives and rewinds over the real functions of a pipeline, and checks I1–I9 of docs/guarantees.md on each.
 * Log, stores, mappings and time are simulated; the model is asked, and nothing is sent anywhere.
 *
 * @throws {Error} for the first schedule that breaks a promise: which one, whose fault it is, and the shortest timeline found
 */
export const simulate = async <Types extends TriggerTypes>(
  contract: Trigger<Types>,
  stages: {
    readonly features: FeaturesStage<NoInfer<Types>>;
    readonly inference: InferenceStage<NoInfer<Types>>;
    readonly action: ActionStage<string, NoInfer<Types>>;
  },
  { events, context = {}, runs = 300, seed = 1, path }: SimulateOptions<NoInfer<Types>>,
): Promise<Simulated> => {
  const { resolved } = contract;
  const named = context as Readonly<Record<string, Given<object> | undefined>>;
  const contexts = Object.entries(named).map(([name, given = []]) => {
    const definition = resolved.context[name];
    if (definition === undefined)
      throw new Error(
        `${resolved.pipeline} has no context "${name}"; it has: ${Object.keys(resolved.context).join(', ') || 'none'}.`,
      );
    return someOf(given).map((observations) =>
      observations.map((data) => ({ context: name, event: observationOf(definition.source, data) })),
    );
  });
  const inputs: fc.Arbitrary<Input> = fc.record({
    tape: tapes(longestTape),
    stream: fc.record({
      events: someOf(events as Given<GivenEvent>),
      observations: fc.tuple(...contexts).map((all) => all.flat()),
    }),
  });
  const tally = new Tally();
  const judge = async (input: Input): Promise<Judged> => {
    const outcome = await played(resolved, stages, input);
    tally.add(outcome.ran);
    return outcome;
  };
  const found = await search(inputs, judge, {
    runs,
    seed,
    shrinks: path === undefined ? mostShrinks : 0,
    ...(path === undefined ? {} : { path }),
  });
  if (found === undefined) return tally.simulated;
  throw new Error(explain(resolved, found));
};

const played = async (
  contract: Trigger['resolved'],
  stages: SimulatedStages,
  { tape, stream }: Input,
): Promise<{ readonly ran: Ran; readonly violations: readonly Violation[] }> => {
  const watch = new PurityWatch(stages.features.initial);
  const watched: SimulatedStages = {
    features: watchedFeatures(stages.features, watch),
    inference: watchedInference(stages.inference, watch),
    action: watchedAction(stages.action, watch),
  };
  const ran = await run(stagesDomain(contract, watched, stream), tape, true);
  // The rows are folded once more there: a fold that answers differently this time is not pure.
  const broken = check(ran, (own) => rowsAreFolds(own, watched.features));
  return { ran, violations: [...impurityOf(watch), ...broken] };
};

const impurityOf = ({ impurity }: PurityWatch): readonly Violation[] =>
  impurity === undefined
    ? []
    : [
        {
          invariant: 'pure',
          what: impurityText(impurity, { name: 'it runs the schedule below', kind: 'again' }),
        },
      ];
