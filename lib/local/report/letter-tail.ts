import { deadLettersIn } from '../../core/contract/resolved.ts';
import { stageSources } from '../../core/contract/stage-sources.ts';
import type { EpochMs } from '../../core/units.ts';
import type { Deployment } from '../../ops/deployment.ts';
import type { Letter } from '../../ops/letters/letter.ts';
import { readLetter, type LetterReader } from '../../ops/letters/read-letter.ts';
import { TopicTail } from './topic-tail.ts';

type LetteredDeployment = Pick<Deployment, 'contract' | 'environment' | 'log' | 'stageOfFunction'>;

/** Follows the dead letters of a run, each once. */
export class LetterTail {
  readonly #tails: readonly TopicTail[];
  readonly #reader: LetterReader;
  readonly #since: EpochMs;
  readonly #seen = new Set<string>();

  /** @param since - letters that were written before are of an earlier run */
  constructor({ contract, environment, log, stageOfFunction }: LetteredDeployment, since: EpochMs) {
    const sources = stageSources(contract);
    const topics = new Set(sources.map(({ topic }) => deadLettersIn(environment, topic)));
    this.#tails = [...topics].map((topic) => new TopicTail(log, topic));
    this.#reader = {
      pipeline: contract.pipeline,
      stages: sources.map(({ name }) => name),
      stageOfFunction,
    };
    this.#since = since;
  }

  /** @returns what has come since the last call */
  async follow(): Promise<readonly Letter[]> {
    const letters: Letter[] = [];
    for (const tail of this.#tails)
      await tail.follow((record) => {
        const letter = readLetter(record, this.#reader);
        if (letter === undefined || record.timestamp < this.#since || this.#seen.has(letter.id)) return;
        this.#seen.add(letter.id);
        letters.push(letter);
      });
    return letters;
  }
}
