import type { EventLog, LoggedRecord } from '../../core/ports/event-log.ts';
import { lastHeader, textOf } from '../../core/record.ts';

/**
 * Where a published record stands in its playlist, and of what batch it is: a header of the record, so that the log itself
 * says how far the player came. A batch is begun only when the one before it was acknowledged whole.
 */
export interface PlayMark {
  readonly index: number;
  /** Index of the batch's first item. */
  readonly batch: number;
  readonly batchSize: number;
}

const header = 'freshet.play';

export const playHeader = ({ index, batch, batchSize }: PlayMark): Readonly<Record<string, string>> => ({
  [header]: `${index} ${batch} ${batchSize}`,
});

export const playMarkOf = ({ headers }: Pick<LoggedRecord, 'headers'>): PlayMark | undefined => {
  const value = lastHeader(headers, header);
  if (value === undefined) return undefined;
  const [index = Number.NaN, batch = Number.NaN, batchSize = Number.NaN] = textOf(value)
    .split(' ')
    .map(Number);
  return [index, batch, batchSize].every(Number.isSafeInteger) ? { index, batch, batchSize } : undefined;
};

/** Records that are read at once when a partition is gone through backwards. */
const pageSize = 500;
const pageBytes = 64 * 1024 * 1024;

/** The marks of the newest batch in a partition: backwards to the first one that is of an older batch. */
const newestMarks = async (
  log: EventLog,
  topic: string,
  {
    partition,
    earliest,
    end,
  }: { readonly partition: number; readonly earliest: number; readonly end: number },
): Promise<readonly PlayMark[]> => {
  const marks: PlayMark[] = [];
  for (let to = end; to > earliest;) {
    const from = Math.max(earliest, to - pageSize);
    const page = await log.read({ topic, partition, from, maxRecords: to - from, maxBytes: pageBytes });
    const found = page.flatMap((record) => playMarkOf(record) ?? []);
    marks.push(...found);
    const newest = Math.max(...marks.map(({ batch }) => batch));
    if (found.some(({ batch }) => batch < newest)) break;
    to = from;
  }
  return marks;
};

/**
 * How far a playlist has come: the index of the first item that may not be in the log.
 *
 * Of a batch that was cut off, as on a broker without transactions, what follows its first gap is published again: a
 * duplicate does no harm, a loss would.
 *
 * @param topics - all that the playlist is published to
 */
export const playPosition = async (log: EventLog, topics: readonly string[]): Promise<number> => {
  const marks: PlayMark[] = [];
  for (const topic of topics)
    for (const range of await log.offsets(topic)) marks.push(...(await newestMarks(log, topic, range)));
  const newest = marks.reduce<PlayMark | undefined>(
    (best, mark) => (best === undefined || mark.batch > best.batch ? mark : best),
    undefined,
  );
  if (newest === undefined) return 0;
  const present = new Set(marks.filter(({ batch }) => batch === newest.batch).map(({ index }) => index));
  const end = newest.batch + newest.batchSize;
  for (let index = newest.batch; index < end; index += 1) if (!present.has(index)) return index;
  return end;
};
