import { deadLettersIn } from '../../../core/contract/resolved.ts';
import { stageSources } from '../../../core/contract/stage-sources.ts';
import { shownBytes } from '../../../ops/letters/shown-bytes.ts';
import { audit, stagesOf, type Deployment, type Operator } from '../../../ops/deployment.ts';
import { letterName, type Letter } from '../../../ops/letters/letter.ts';
import { readLetter, type LetterReader } from '../../../ops/letters/read-letter.ts';
import { planRedrive } from '../../../ops/letters/redrive.ts';
import { standingText } from '../../../ops/letters/standing-text.ts';
import { TopicTail } from '../../report/topic-tail.ts';
import type { PageLetters } from '../protocol/page-state.ts';

/** Letters that are remembered, the newest, and those whose standing is looked at. */
const mostLetters = 500;
const mostListed = 100;

const idOf = ({ foundAt: { topic, partition, offset } }: Letter): string => `${topic}/${partition}/${offset}`;

/** The newest dead letters of a pipeline. Each topic is read on from where it was read before. */
export class Letters {
  readonly #deployment: Deployment;
  readonly #reader: LetterReader;
  readonly #tails: readonly TopicTail[];
  #letters = new Map<string, Letter>();
  #reading: Promise<void> = Promise.resolve();

  constructor(deployment: Deployment) {
    const { contract, environment, log, stageOfFunction } = deployment;
    this.#deployment = deployment;
    this.#reader = { pipeline: contract.pipeline, stages: stagesOf(contract), stageOfFunction };
    const topics = new Set(stageSources(contract).map(({ topic }) => deadLettersIn(environment, topic)));
    this.#tails = [...topics].map((topic) => new TopicTail(log, topic, mostLetters));
  }

  async list(): Promise<PageLetters> {
    await this.#read();
    const letters = this.#newest(mostListed);
    const { redrives } = await planRedrive(this.#deployment, letters, { pastDeadline: false });
    const standings = new Map(redrives.map((planned) => [planned.letter, standingText(planned)]));
    return {
      letters: letters.map((letter) => ({
        id: idOf(letter),
        stage: letter.place,
        reason: letter.reason,
        at: letter.writtenAt,
        detail: letter.message,
        standing: `a redrive would ${standings.get(letter) ?? 'not be possible'}`,
      })),
      ...this.#count,
    };
  }

  /**
   * What is in a letter; the audit trail says that it was looked at.
   *
   * @returns `undefined` where there is none, or where it is not among the newest
   */
  async reveal(id: string, operator: Operator): Promise<unknown> {
    await this.#read();
    const letter = [...this.#letters.values()].find((each) => idOf(each) === id);
    if (letter === undefined) return undefined;
    await audit(this.#deployment, operator, `reveal letter ${letterName(letter)}`);
    const { key, value, headers, topic, partition, offset } = letter.record;
    return {
      name: letterName(letter),
      of: `${topic}/${partition}/${offset}`,
      key: shownBytes(key),
      value: shownBytes(value),
      headers: Object.fromEntries(headers.map((header) => [header.name, shownBytes(header.value)])),
    };
  }

  get #count(): Pick<PageLetters, 'total' | 'hasCopies'> {
    const records = this.#tails.reduce((sum, tail) => sum + tail.records, 0);
    const hasCopies = records > mostLetters;
    return { total: hasCopies ? records : this.#letters.size, hasCopies };
  }

  #newest(count: number): readonly Letter[] {
    return [...this.#letters.values()]
      .toSorted((one, other) => other.writtenAt - one.writtenAt)
      .slice(0, count);
  }

  /** Partitions are read one after the other: what was read last is not what was written last. */
  #forget(): void {
    this.#letters = new Map(this.#newest(mostLetters).map((letter) => [letter.id, letter]));
  }

  /** One reading after the other: a tail has one place. */
  #read(): Promise<void> {
    const reading = this.#reading.then(async () => {
      for (const tail of this.#tails)
        await tail.follow((record) => {
          const letter = readLetter(record, this.#reader);
          // Copies of a letter have one id.
          if (letter === undefined || this.#letters.has(letter.id)) return;
          this.#letters.set(letter.id, letter);
          if (this.#letters.size >= 2 * mostLetters) this.#forget();
        });
      if (this.#letters.size > mostLetters) this.#forget();
    });
    this.#reading = reading.catch(() => {});
    return reading;
  }
}
