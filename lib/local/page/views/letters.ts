import { deadLettersIn } from '../../../core/contract/resolved.ts';
import { stageSources } from '../../../core/contract/stage-sources.ts';
import { shownBytes } from '../../../ops/letters/shown-bytes.ts';
import { audit, stagesOf, type Deployment, type Operator } from '../../../ops/deployment.ts';
import { letterName, type Letter } from '../../../ops/letters/letter.ts';
import { readLetter, type LetterReader } from '../../../ops/letters/read-letter.ts';
import { planRedrive } from '../../../ops/letters/redrive.ts';
import { standingText } from '../../../ops/letters/standing-text.ts';
import { TopicTail } from '../../report/topic-tail.ts';
import { BoundedMap } from '../feed/bounded-map.ts';
import type { PageLetter } from '../protocol/page-state.ts';

/** Letters that are remembered, the newest, and those whose standing is looked at. */
const mostLetters = 500;
const mostListed = 100;

const idOf = ({ foundAt: { topic, partition, offset } }: Letter): string => `${topic}/${partition}/${offset}`;

/** The newest dead letters of a pipeline. Each topic is read on from where it was read before. */
export class Letters {
  readonly #deployment: Deployment;
  readonly #reader: LetterReader;
  readonly #tails: readonly TopicTail[];
  readonly #letters = new BoundedMap<string, Letter>(mostLetters);
  #reading: Promise<void> = Promise.resolve();

  constructor(deployment: Deployment) {
    const { contract, environment, log, stageOfFunction } = deployment;
    this.#deployment = deployment;
    this.#reader = { pipeline: contract.pipeline, stages: stagesOf(contract), stageOfFunction };
    const topics = new Set(stageSources(contract).map(({ topic }) => deadLettersIn(environment, topic)));
    this.#tails = [...topics].map((topic) => new TopicTail(log, topic, mostLetters));
  }

  /** The newest first. */
  async list(): Promise<readonly PageLetter[]> {
    await this.#read();
    const letters = [...this.#letters.values()]
      .toSorted((one, other) => other.writtenAt - one.writtenAt)
      .slice(0, mostListed);
    const { redrives } = await planRedrive(this.#deployment, letters, { pastDeadline: false });
    const standings = new Map(redrives.map((planned) => [planned.letter, standingText(planned)]));
    return letters.map((letter) => ({
      id: idOf(letter),
      stage: letter.place,
      reason: letter.reason,
      at: letter.writtenAt,
      detail: letter.message,
      standing: `a redrive would ${standings.get(letter) ?? 'not be possible'}`,
    }));
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

  /** One reading after the other: a tail has one place. */
  #read(): Promise<void> {
    const reading = this.#reading.then(async () => {
      for (const tail of this.#tails)
        await tail.follow((record) => {
          const letter = readLetter(record, this.#reader);
          // Copies of a letter have one id.
          if (letter !== undefined && this.#letters.get(letter.id) === undefined)
            this.#letters.set(letter.id, letter);
        });
    });
    this.#reading = reading.catch(() => {});
    return reading;
  }
}
