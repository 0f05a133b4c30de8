import { partitionOf } from '../../adapters/partitioner.ts';
import type { EventLog, LoggedRecord } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';

/** Records that are looked through in one topic, in one direction, before it is given up. */
export const mostSearched = 200_000;

const pageRecords = 1_000;
const pageBytes = 16 * 1024 * 1024;

export interface Search {
  readonly topic: string;
  readonly isWanted: (record: LoggedRecord) => boolean;
  /** Of the record, where it is known: its partition is looked through first. */
  readonly key?: Uint8Array | null | undefined;
}

const partitionsOf = async (log: EventLog, { topic, key }: Search): ReturnType<EventLog['offsets']> => {
  const partitions = await log.offsets(topic);
  if (key === undefined || key === null) return partitions;
  const likely = partitionOf(key, Math.max(1, partitions.length));
  return partitions.toSorted(
    (one, other) => Number(other.partition === likely) - Number(one.partition === likely),
  );
};

/** The first record of a topic that is wanted, appended at `since` or after it. */
export const findAfter = async (
  log: EventLog,
  search: Search,
  since: EpochMs,
): Promise<LoggedRecord | undefined> => {
  const starts = new Map(
    (await log.offsetsAt(search.topic, since)).map(({ partition, offset }) => [partition, offset]),
  );
  let left = mostSearched;
  for (const { partition, earliest, end } of await partitionsOf(log, search)) {
    for (let from = starts.get(partition) ?? earliest; from < end && left > 0;) {
      const page = await log.read({
        topic: search.topic,
        partition,
        from,
        maxRecords: pageRecords,
        maxBytes: pageBytes,
      });
      const found = page.find(search.isWanted);
      if (found !== undefined) return found;
      if (page.length === 0) break;
      left -= page.length;
      from = (page.at(-1)?.offset ?? from) + 1;
    }
  }
  return undefined;
};

/** The newest record of a topic that is wanted: backwards, for nobody knows when it was appended. */
export const findNewest = async (log: EventLog, search: Search): Promise<LoggedRecord | undefined> => {
  let left = mostSearched;
  for (const { partition, earliest, end } of await partitionsOf(log, search)) {
    for (let to = end; to > earliest && left > 0;) {
      const from = Math.max(earliest, to - pageRecords);
      const page = await log.read({
        topic: search.topic,
        partition,
        from,
        maxRecords: to - from,
        maxBytes: pageBytes,
      });
      const found = page.findLast((record) => record.offset < to && search.isWanted(record));
      if (found !== undefined) return found;
      left -= to - from;
      to = from;
    }
  }
  return undefined;
};
