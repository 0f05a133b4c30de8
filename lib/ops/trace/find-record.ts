import { partitionOf } from '../../adapters/partitioner.ts';
import type { EventLog, LoggedRecord, PartitionOffsets } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';

/** Records that are looked through in one topic, or in the partition of a key, before it is given up. */
const mostSearched = 200_000;

/** Of each partition, where nothing says in which of them it is. */
export const searchedOfEach = (partitions: number): number =>
  Math.ceil(mostSearched / Math.max(1, partitions));

const pageRecords = 1_000;
const pageBytes = 16 * 1024 * 1024;

export interface Search {
  readonly topic: string;
  readonly isWanted: (record: LoggedRecord) => boolean;
  /** Of the record, where it is known: its partition is looked through first, and the furthest. */
  readonly key?: Uint8Array | null | undefined;
}

interface Part extends PartitionOffsets {
  /** Records of it that are looked through at most. */
  readonly most: number;
}

/**
 * Each partition with its share: a long one keeps nobody from the others. That of a key is the first, and is looked through
 * as if it were alone; the others follow, for a producer may choose partitions by a rule of its own.
 */
const partsOf = async (log: EventLog, { topic, key }: Search): Promise<readonly Part[]> => {
  const partitions = await log.offsets(topic);
  const likely =
    key === undefined || key === null ? undefined : partitionOf(key, Math.max(1, partitions.length));
  return partitions
    .map((each) => ({
      ...each,
      most: each.partition === likely ? mostSearched : searchedOfEach(partitions.length),
    }))
    .toSorted((one, other) => other.most - one.most);
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
  for (const { partition, earliest, end, most } of await partsOf(log, search)) {
    let left = most;
    for (let from = starts.get(partition) ?? earliest; from < end && left > 0;) {
      const page = await log.read({
        topic: search.topic,
        partition,
        from,
        maxRecords: Math.min(pageRecords, left),
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

/** The newest record of a partition that is wanted, from `from` to before `to`. Large records come in several pages. */
const newestBetween = async (
  log: EventLog,
  { topic, isWanted }: Search,
  { partition, from, to }: { readonly partition: number; readonly from: number; readonly to: number },
): Promise<LoggedRecord | undefined> => {
  let newest: LoggedRecord | undefined;
  for (let at = from; at < to;) {
    const page = await log.read({ topic, partition, from: at, maxRecords: to - at, maxBytes: pageBytes });
    const last = page.at(-1);
    if (last === undefined) break;
    newest = page.findLast((record) => record.offset < to && isWanted(record)) ?? newest;
    at = last.offset + 1;
  }
  return newest;
};

/** The newest record that is wanted, of the first partition that has one: backwards, for nobody knows when it was appended. */
export const findNewest = async (log: EventLog, search: Search): Promise<LoggedRecord | undefined> => {
  for (const { partition, earliest, end, most } of await partsOf(log, search)) {
    const least = Math.max(earliest, end - most);
    for (let to = end; to > least;) {
      const from = Math.max(least, to - pageRecords);
      const found = await newestBetween(log, search, { partition, from, to });
      if (found !== undefined) return found;
      to = from;
    }
  }
  return undefined;
};
