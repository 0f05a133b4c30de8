import { settleOnce } from '../core/batch/settle-once.ts';
import { ceHeader } from '../core/envelope.ts';
import type { InferenceStage, Model } from '../core/stages/inference.ts';
import { epochMsOf, type Duration } from '../core/units.ts';
import { chainedRecords, publishedLast } from './chained.ts';
import type { Emission, GivenLetter } from './emission.ts';
import { named } from './findings.ts';
import { KeptAnswers, type Turns } from './kept-answers.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { unchanging, type PurityFaults } from './purity.ts';
import { isHidden, labelsOf, lettersOf, rehearse } from './rehearsal.ts';
import type { Worker } from './worker.ts';

export interface InferenceResult {
  readonly decisions: readonly unknown[];
  /** The decisions with their flags, as `given(action).decisions(…)` takes them. */
  readonly emissions: readonly Emission[];
  /** What was told of vectors that were suppressed. */
  readonly outcomes: readonly unknown[];
  readonly letters: readonly GivenLetter[];
  /** Of each vector, in the order given. */
  readonly verdicts: readonly string[];
}

export class GivenInference {
  readonly #stage: InferenceStage;
  readonly #flags: readonly string[];
  readonly #afterMs: number;

  constructor(stage: InferenceStage, flags: readonly string[] = [], afterMs = 1_000) {
    this.#stage = stage;
    this.#flags = flags;
    this.#afterMs = afterMs;
  }

  /** What is wrong with the vectors that are given as data, such as `weather:missing`. */
  flags(...flags: readonly string[]): GivenInference {
    return new GivenInference(this.#stage, flags, this.#afterMs);
  }

  /** How long after their origin was published the vectors are processed. @default 1 s */
  after({ ms }: Duration): GivenInference {
    return new GivenInference(this.#stage, this.#flags, ms);
  }

  /**
   * Decides on vectors, given as data or as a features run emitted them: once, then redelivered, split again and with workers
   * that crash. The model's answers of the first run are kept for the others: a model may answer differently each time.
   *
   * @throws {Error} where a delivery makes a difference, or a function changes its input
   */
  async vectors(...vectors: readonly unknown[]): Promise<InferenceResult> {
    const { contract } = this.#stage;
    const records = chainedRecords(vectors, 'vector', contract, this.#flags);
    const answers = new KeptAnswers();
    return rehearse(
      {
        contract,
        records,
        start: epochMsOf(publishedLast(records) + this.#afterMs),
        stand: ({ faults }) => {
          const claims = new MemoryLedger();
          const turns = answers.newRun();
          return {
            bound: (worker, common) => {
              const reached = worker.port('claims', claims);
              return {
                stage: {
                  ...this.#stage,
                  model: modelOf(this.#stage.model, worker, turns, faults),
                  decide: unchanging('decide', ['input'], this.#stage.decide, faults),
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
            decisions: emissions.map(({ data }) => data),
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

const modelOf = (
  model: Model<unknown, object>,
  worker: Worker,
  turns: Turns,
  faults: PurityFaults,
): Model<unknown, object> => ({
  id: model.id,
  version: model.version,
  digest: model.digest,
  infer: (vector, call) =>
    worker.inDomain('the model', () =>
      turns.next(call.traceparent ?? '', async () =>
        unchanging(
          'infer of the model',
          ['vector'],
          (frozen: unknown) => model.infer(frozen, call),
          faults,
        )(vector),
      ),
    ),
});
