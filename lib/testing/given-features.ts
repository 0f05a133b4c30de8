import { compiledValidators } from '../adapters/schemas/compiled-validators.ts';
import { jsonValues } from '../adapters/wire/json-values.ts';
import type { FeaturesStage } from '../core/stages/features.ts';
import { contextStage } from '../core/stages/context.ts';
import type { TriggerTypes } from '../core/contract/trigger.ts';
import { processBatch } from '../core/process.ts';
import type { StoredRow } from '../core/ports/stores.ts';
import { emptyRow, storedRow, type Row } from '../core/rows/row.ts';
import { issuesText } from '../core/schema-issues.ts';
import { epochMsOf, type Duration } from '../core/units.ts';
import { verdictLabel } from '../core/verdict.ts';
import type { Emission, GivenLetter } from './emission.ts';
import {
  beginning,
  observationOf,
  recordsOfEvents,
  type ContextName,
  type EventOf,
  type GivenEvent,
  type ObservationOf,
  type WrongEvent,
} from './event.ts';
import { named } from './findings.ts';
import { MemoryContext } from './memory-context.ts';
import { MemoryRows } from './memory-rows.ts';
import { PurityWatch } from './purity.ts';
import { isHidden, labelsOf, lettersOf, rehearse, testEnvironment, type Stand } from './rehearsal.ts';
import { watchedFeatures } from './watched-stages.ts';

export interface FeaturesResult<State = unknown, Vector = unknown> {
  /** Entity → its state, after all events. */
  readonly rows: Readonly<Record<string, State>>;
  /** As they are emitted: the vectors of one entity after those of another, each entity's in the order of its events. */
  readonly vectors: readonly Vector[];
  /** The vectors with their flags, as `given(inference).vectors(…)` takes them. */
  readonly emissions: readonly Emission[];
  readonly letters: readonly GivenLetter[];
  /** Of each event, in the order given: `done`, `state-only`, `dead-lettered(schema)`, … */
  readonly verdicts: readonly string[];
}

interface Before {
  /** Entity → its state. */
  readonly rows: readonly (readonly [entity: string, state: unknown])[];
  readonly context: readonly { readonly name: string; readonly observations: readonly object[] }[];
  readonly afterMs: number;
}

interface FeaturesStand extends Stand {
  readonly rows: MemoryRows;
  readonly context: MemoryContext;
}

export class GivenFeatures<Types extends TriggerTypes = TriggerTypes> {
  readonly #stage: FeaturesStage<Types>;
  readonly #before: Before;

  constructor(stage: FeaturesStage<Types>, before: Before = { rows: [], context: [], afterMs: 1_000 }) {
    this.#stage = stage;
    this.#before = before;
  }

  /**
   * The state of an entity before the events; without one it begins with `initial`.
   *
   * @param entity - text of the Kafka key
   */
  row(entity: string, state: Types['row']): GivenFeatures<Types> {
    return this.#with({ rows: [...this.#before.rows, [entity, state]] });
  }

  /** Observations of a context, by its name in the contract; they are there before the events. */
  context<Name extends ContextName<Types['contexts']>>(
    name: Name,
    ...observations: readonly ObservationOf<Types['contexts'], Name>[]
  ): GivenFeatures<Types> {
    const given: readonly object[] = observations as readonly object[];
    return this.#with({ context: [...this.#before.context, { name, observations: given }] });
  }

  /** How long after the last event was published they are processed. @default 1 s */
  after({ ms }: Duration): GivenFeatures<Types> {
    return this.#with({ afterMs: ms });
  }

  #with(more: Partial<Before>): GivenFeatures<Types> {
    return new GivenFeatures(this.#stage, { ...this.#before, ...more });
  }

  /**
   * Processes events: once as given, then redelivered, in other batches, shuffled across keys, by a worker that another one
   * overtakes, and by workers that crash at each of their calls.
   *
   * @throws {Error} where a delivery makes a difference or a function is not pure: which law broke, what differed, how to mend it
   */
  async events(
    ...events: readonly (EventOf<Types['events']> | WrongEvent)[]
  ): Promise<FeaturesResult<Types['row'], Types['vector']>> {
    const { contract } = this.#stage;
    const records = recordsOfEvents(events as readonly GivenEvent[], contract.source).map((record) => {
      const topic = contract.source.kind === 'created' ? `${testEnvironment}.${record.topic}` : record.topic;
      return { ...record, topic };
    });
    const published = records.map(({ timestamp }) => timestamp);
    const watch = new PurityWatch(this.#stage.initial);
    const rows = this.#rows();
    return rehearse(
      {
        contract,
        records,
        start: epochMsOf(Math.max(beginning, ...published) + this.#before.afterMs),
        watch,
        stand: () => this.#stand(watch, rows),
        prepare: async (common, stand) => this.#observe(common, (stand as FeaturesStand).context),
      },
      (run) => {
        const after = (run.stand as FeaturesStand).rows.all();
        const emissions = run.log.outputs();
        const letters = lettersOf(run);
        const verdicts = labelsOf(run);
        return {
          findings: {
            ...named('the row of', [...after], ([entity, row]) => [entity, comparable(row)]),
            ...named('the vector', emissions, ({ id, data, flags, key }) => [id, { data, flags, key }]),
            ...named('the letter', letters, (letter) => [`${letter.key} ${letter.value}`, letter.reason]),
            ...named('the verdict of event number', [...verdicts.entries()], ([index, label]) => [
              String(index + 1),
              label,
            ]),
          },
          result: {
            rows: Object.fromEntries([...after].map(([entity, row]) => [entity, stateOf(row)])),
            vectors: emissions.map(({ data }) => data as Types['vector']),
            emissions,
            letters,
            verdicts,
          },
        };
      },
      (name, _, got, schedule) => isHidden(name, got, schedule),
    );
  }

  /** @throws {Error} for a state that is not of the contract's schema */
  #rows(): readonly (readonly [entity: string, row: StoredRow])[] {
    const { contract } = this.#stage;
    const { row: issuesOf } = compiledValidators(contract);
    return this.#before.rows.map(([entity, state]) => {
      const issues = issuesOf(state);
      if (issues.length > 0)
        throw new Error(
          `the row of "${entity}" is not of schema "row": ${issuesText(issues)}. Fix: give a state that fold could have returned.`,
        );
      return [entity, storedRow(emptyRow(state, contract.features.foldVersion))];
    });
  }

  #stand(watch: PurityWatch, before: readonly (readonly [entity: string, row: StoredRow])[]): FeaturesStand {
    const rows = new MemoryRows(before);
    const context = new MemoryContext();
    const stage = watchedFeatures(this.#stage, watch);
    return {
      rows,
      context,
      bound: (worker, common) => ({
        stage,
        ports: {
          ...common,
          // What a test gives is data already, whatever its topic is written in.
          values: jsonValues,
          rows: worker.port('rows', rows),
          context: worker.port('context', context),
        },
      }),
      crashed: () => {},
    };
  }

  async #observe(common: Parameters<Stand['bound']>[1], context: MemoryContext): Promise<void> {
    const { contract } = this.#stage;
    for (const { name, observations } of this.#before.context) {
      const stage = contextStage(contract, name);
      const { source } = stage.definition;
      const types = Object.keys(source.events);
      const given = observations.map((data) => observationOf(source, data));
      const now = common.clock.now();
      const { verdicts } = await processBatch(
        { stage, ports: { ...common, values: jsonValues, context } },
        {
          records: recordsOfEvents(given, source),
          invocation: {
            id: 'test',
            receivedAt: now,
            deadline: epochMsOf(now + 60_000),
            response: 'partial',
            environment: testEnvironment,
          },
        },
      );
      const refused = verdicts.find(({ verdict }) => verdict.kind !== 'state-only');
      if (refused)
        throw new Error(
          `observation number ${verdicts.indexOf(refused) + 1} of context "${name}" is not taken: got ${verdictLabel(refused.verdict)}; expected an event of the contract (${types.join(', ')}). Fix: see its schema.`,
        );
    }
  }
}

const parsed = ({ body }: StoredRow): Omit<Row, 'state'> & { readonly state: unknown } =>
  JSON.parse(body) as Omit<Row, 'state'> & { readonly state: unknown };

const stateOf = (row: StoredRow): unknown => parsed(row).state;

/** Offsets are left out: in another order across keys they are others. */
const comparable = (row: StoredRow): object => {
  const { state, version, holes } = parsed(row);
  return { state, version, holes: holes.length };
};
