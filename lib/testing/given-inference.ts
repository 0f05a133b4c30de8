import { settleOnce } from '../core/batch/settle-once.ts';
import { ceHeader } from '../core/envelope.ts';
import type { TriggerTypes } from '../core/contract/trigger.ts';
import type { InferenceStage, Model } from '../core/stages/inference.ts';
import { epochMsOf, type Duration } from '../core/units.ts';
import { chainedRecords, publishedLast } from './chained.ts';
import type { Emission, GivenLetter } from './emission.ts';
import { named } from './findings.ts';
import { KeptAnswers, type Turns } from './kept-answers.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { PurityWatch } from './purity.ts';
import { isHidden, labelsOf, lettersOf, rehearse } from './rehearsal.ts';
import { watchedInference } from './watched-stages.ts';
import type { Worker } from './worker.ts';

export interface InferenceResult<Decision = unknown> {
  readonly decisions: readonly Decision[];
  /** The decisions with their flags, as `given(action).decisions(…)` takes them. */
  readonly emissions: readonly Emission[];
  /** What was told of vectors that were suppressed. */
  readonly outcomes: readonly unknown[];
  readonly letters: readonly GivenLetter[];
  /** Of each vector, in the order given. */
  readonly verdicts: readonly string[];
}

export class GivenInference<Types extends TriggerTypes = TriggerTypes> {
  readonly #stage: InferenceStage<Types>;
  readonly #flags: readonly string[];
  readonly #afterMs: number;

  constructor(stage: InferenceStage<Types>, flags: readonly string[] = [], afterMs = 1_000) {
    this.#stage = stage;
    this.#flags = flags;
    this.#afterMs = afterMs;
  }

  /** What is wrong with the vectors that are given as data, such as `weather:missing`. */
  flags(...flags: readonly string[]): GivenInference<Types> {
    return new GivenInference(this.#stage, flags, this.#afterMs);
  }

  /** How long after their origin was published the vectors are processed. @default 1 s */
  after({ ms }: Duration): GivenInference<Types> {
    return new GivenInference(this.#stage, this.#flags, ms);
  }

  /**
   * Decides on vectors, given as data or as a features run emitted them: once, then redelivered, in other
   * batches, shuffled, and with workers that crash. The model's answers of the first run are kept for the others: a model may answer differently each time.
   *
   * @throws {Error} where a delivery makes a difference or a function is not pure: which law broke, what differed, how to mend it
   */
  async vectors(
    ...vectors: readonly (Types['vector'] | Emission)[]
  ): Promise<InferenceResult<Types['decision']>> {
    const { contract } = this.#stage;
    const records = chainedRecords(vectors, 'vector', contract, this.#flags);
    const answers = new KeptAnswers();
    const watch = new PurityWatch();
    const stage = watchedInference(this.#stage, watch);
    return rehearse(
      {
        contract,
        records,
        start: epochMsOf(publishedLast(records) + this.#afterMs),
        watch,
        stand: () => {
          const claims = new MemoryLedger();
          const turns = answers.newRun();
          return {
            bound: (worker, common) => {
              const reached = worker.port('claims', claims);
              return {
                stage: {
                  ...stage,
                  model: modelOf(stage.model, worker, turns),
                },
                ports: { ...common, claims: reached, settleOnce: settleOnce(reached) },
              };
            },
            crashed: () => claims.endLeases(),
          };
        },
      },
      (run) => {
        const outputs = run.log.outputs();
        const emissions = outputs.filter(({ record }) => ceHeader(record.headers, 'type') === 'decision');
        const letters = lettersOf(run);
        const verdicts = labelsOf(run);
        return {
          findings: {
            ...named('the output for', outputs, ({ id, data, flags, key }) => [id, { data, flags, key }]),
            ...named('the letter', letters, (letter) => [`${letter.key}`, letter.reason]),
            ...named('the verdict of vector number', [...verdicts.entries()], ([index, label]) => [
              String(index + 1),
              label,
            ]),
          },
          result: {
            decisions: emissions.map(({ data }) => data as Types['decision']),
            emissions,
            outcomes: outputs.filter((output) => !emissions.includes(output)).map(({ data }) => data),
            letters,
            verdicts,
          },
        };
      },
      (name, _, got, schedule) => isHidden(name, got, schedule),
    );
  }
}

const modelOf = (model: Model<unknown, object>, worker: Worker, turns: Turns): Model<unknown, object> => ({
  ...model,
  infer: (vector, call) =>
    worker.inDomain('the model', () =>
      turns.next(call.trace?.traceparent ?? '', async () => model.infer(vector, call)),
    ),
});
