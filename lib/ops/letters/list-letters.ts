import { deadLettersIn } from '../../core/contract/resolved.ts';
import { stageSources } from '../../core/contract/stage-sources.ts';
import type { EventLog } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';
import { stagesOf, type Deployment } from '../deployment.ts';
import type { Letter } from './letter.ts';
import { readLetter, type LetterReader } from './read-letter.ts';

export interface LetterFilter {
  /** A stage's name, or the place that another writer named. */
  readonly stage?: string | undefined;
  readonly reason?: string | undefined;
  /** By the time the letter was written; `since` inclusive, `until` exclusive. */
  readonly since?: EpochMs | undefined;
  readonly until?: EpochMs | undefined;
}

/** Letters of one read call. */
const pageRecords = 500;
const pageBytes = 16 * 1024 * 1024;

/**
 * The letters of a pipeline, the oldest first; second copies are dropped by their id.
 *
 * @throws {TransientError} where the log does not answer
 */
export const listLetters = async (
  deployment: Deployment,
  filter: LetterFilter = {},
): Promise<readonly Letter[]> => {
  const { contract, environment, log, stageOfFunction } = deployment;
  const reader: LetterReader = { pipeline: contract.pipeline, stages: stagesOf(contract), stageOfFunction };
  // Each topic that the pipeline consumes has dead letters of its own; stages may share one.
  const topics = new Set(stageSources(contract).map(({ topic }) => deadLettersIn(environment, topic)));
  const letters = new Map<string, Letter>();
  for (const topic of topics)
    for await (const letter of lettersIn(log, topic, reader, filter.since))
      if (isWanted(letter, filter) && !letters.has(letter.id)) letters.set(letter.id, letter);
  return [...letters.values()].toSorted(byTime);
};

const byTime = (a: Letter, b: Letter): number =>
  a.writtenAt - b.writtenAt ||
  a.foundAt.topic.localeCompare(b.foundAt.topic) ||
  a.foundAt.partition - b.foundAt.partition ||
  a.foundAt.offset - b.foundAt.offset;

const isWanted = (letter: Letter, { stage, reason, since, until }: LetterFilter): boolean =>
  (stage === undefined || letter.place === stage) &&
  (reason === undefined || letter.reason === reason) &&
  (since === undefined || letter.writtenAt >= since) &&
  (until === undefined || letter.writtenAt < until);

/** Up to the end as it is when the reading begins: letters that are written meanwhile are the next list's. */
async function* lettersIn(
  log: EventLog,
  topic: string,
  reader: LetterReader,
  since: EpochMs | undefined,
): AsyncGenerator<Letter> {
  const starts = since === undefined ? [] : await log.offsetsAt(topic, since);
  for (const { partition, earliest, end } of await log.offsets(topic)) {
    let from = Math.max(earliest, starts.find((start) => start.partition === partition)?.offset ?? 0);
    while (from < end) {
      const page = await log.read({ topic, partition, from, maxRecords: pageRecords, maxBytes: pageBytes });
      for (const record of page) {
        const letter = readLetter(record, reader);
        if (letter !== undefined) yield letter;
      }
      const last = page.at(-1);
      if (last === undefined) break;
      from = last.offset + 1;
    }
  }
}
