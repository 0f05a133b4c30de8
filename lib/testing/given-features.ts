import type { FeatureHandler, FeaturesStage } from '../core/stages/features.ts';
import { contextStage } from '../core/stages/context.ts';
import { processBatch } from '../core/process.ts';
import type { StoredRow } from '../core/ports/stores.ts';
import type { Row } from '../core/rows/row.ts';
import { epochMsOf, type Duration } from '../core/units.ts';
import { verdictLabel } from '../core/verdict.ts';
import type { Emission, GivenLetter } from './emission.ts';
import { beginning, event, recordsOfEvents, type GivenEvent } from './event.ts';
import { named } from './findings.ts';
import { MemoryContext } from './memory-context.ts';
import { MemoryRows } from './memory-rows.ts';
import { unchanging, type PurityFaults } from './purity.ts';
import { isHidden, labelsOf, lettersOf, rehearse, testEnvironment, type Stand } from './rehearsal.ts';

export interface FeaturesResult {
  /** Entity → its state, after all events. */
  readonly rows: Readonly<Record<string, unknown>>;
  readonly vectors: readonly unknown[];
  /** The vectors with their flags, as `given(inference).vectors(…)` takes them. */
  readonly emissions: readonly Emission[];
  readonly letters: readonly GivenLetter[];
  /** Of each event, in the order given: `done`, `state-only`, `dead-lettered(schema)`, … */
  readonly verdicts: readonly string[];
}

type Data = Readonly<Record<string, unknown>>;

interface FeaturesStand extends Stand {
  readonly rows: MemoryRows;
  readonly context: MemoryContext;
}

export class GivenFeatures {
  readonly #stage: FeaturesStage;
  readonly #context: readonly { readonly name: string; readonly observations: readonly Data[] }[];
  readonly #afterMs: number;

  constructor(
    stage: FeaturesStage,
    context: readonly { readonly name: string; readonly observations: readonly Data[] }[] = [],
    afterMs = 1_000,
  ) {
    this.#stage = stage;
    this.#context = context;
    this.#afterMs = afterMs;
  }

  /** Observations of a context, by its name in the contract; they are there before the events. */
  context(name: string, ...observations: readonly Data[]): GivenFeatures {
    return new GivenFeatures(this.#stage, [...this.#context, { name, observations }], this.#afterMs);
  }

  /** How long after the last event was published they are processed. @default 1 s */
  after({ ms }: Duration): GivenFeatures {
    return new GivenFeatures(this.#stage, this.#context, ms);
  }

  /**
   * Processes events: once as given, then redelivered, split again and with workers that crash.
   *
   * @throws {Error} where a delivery makes a difference, or a function changes its input
   */
  async events(...events: readonly GivenEvent[]): Promise<FeaturesResult> {
    const { contract } = this.#stage;
    const records = recordsOfEvents(events, contract.source).map((record) => {
      const topic = contract.source.kind === 'created' ? `${testEnvironment}.${record.topic}` : record.topic;
      return { ...record, topic };
    });
    const published = records.map(({ timestamp }) => timestamp);
    return rehearse(
      {
        contract,
        records,
        start: epochMsOf(Math.max(beginning, ...published) + this.#afterMs),
        stand: ({ faults }) => this.#stand(faults),
        prepare: async (common, stand) => this.#observe(common, (stand as FeaturesStand).context),
      },
      (run) => {
        const rows = (run.stand as FeaturesStand).rows.all();
        const emissions = run.log.outputs();
        const letters = lettersOf(run);
        const verdicts = labelsOf(run);
        return {
          findings: {
            ...named('the row of', [...rows], ([entity, row]) => [entity, comparable(row)]),
            ...named('the vector', emissions, ({ id, data, flags, key }) => [id, { data, flags, key }]),
            ...named('the letter', letters, (letter) => [`${letter.key} ${letter.value}`, letter.reason]),
            ...named('the verdict of event number', [...verdicts.entries()], ([index, label]) => [
              String(index + 1),
              label,
            ]),
          },
          result: {
            rows: Object.fromEntries(
              [...rows].map(([entity, row]) => [entity, (JSON.parse(row.body) as Row).state]),
            ),
            vectors: emissions.map(({ data }) => data),
            emissions,
            letters,
            verdicts,
          },
        };
      },
      (name, _, got, schedule) => isHidden(name, got, schedule),
    );
  }

  #stand(faults: PurityFaults): FeaturesStand {
    const rows = new MemoryRows();
    const context = new MemoryContext();
    const stage = watched(this.#stage, faults);
    return {
      rows,
      context,
      bound: (worker, common) => ({
        stage,
        ports: { ...common, rows: worker.port('rows', rows), context: worker.port('context', context) },
      }),
      crashed: () => {},
    };
  }

  async #observe(common: Parameters<Stand['bound']>[1], context: MemoryContext): Promise<void> {
    const { contract } = this.#stage;
    for (const { name, observations } of this.#context) {
      const stage = contextStage(contract, name);
      const { source } = stage.definition;
      const types = Object.keys(source.events);
      const given = observations.map((data) => event(typeOf(data, types, source.identify?.type), data));
      const now = common.clock.now();
      const { verdicts } = await processBatch(
        { stage, ports: { ...common, context } },
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

/** A context with one event type needs not be told which. */
const typeOf = (data: Data, types: readonly string[], member: string | undefined): string => {
  const said = member === undefined ? data['type'] : data[member];
  const [first = ''] = types;
  return typeof said === 'string' && types.includes(said) ? said : first;
};

const comparable = ({ body }: StoredRow): Pick<Row, 'state' | 'version' | 'holes'> => {
  const { state, version, holes } = JSON.parse(body) as Row;
  return { state, version, holes };
};

type Handler = FeatureHandler<unknown, unknown, unknown, object>;

const watched = (stage: FeaturesStage, faults: PurityFaults): FeaturesStage => ({
  ...stage,
  on: Object.fromEntries(
    Object.entries(stage.on).map(([type, { fold, emit }]): [string, Handler] => [
      type,
      {
        fold: unchanging(`fold of "${type}"`, ['state', 'event'], fold, faults),
        ...(emit === undefined ? {} : { emit: unchanging(`emit of "${type}"`, ['input'], emit, faults) }),
      },
    ]),
  ),
});
