import type { RecordsBatch } from '@platformatic/kafka';
import type { LoggedRecord, RangeRead } from '../../core/ports/event-log.ts';
import { sizeOf, type Header } from '../../core/record.ts';
import { epochMsOf } from '../../core/units.ts';
import { isMisrouted, type Cluster } from './cluster.ts';
import { KafkaFault, expectNone, refused } from './faults.ts';
import { fetchOnce } from './fetch.ts';
import { topicOffsets } from './offsets.ts';

/** Kafka's own default; a broker gives no more than that by default anyway. */
const MOST_BYTES = 50 * 1024 * 1024;

/**
 * What a record is taken to be at first. A broker counts bytes and not records: asked for all that a range allows, it would send
 * megabytes for each hundred records of a backlog, and all but those would be read in vain.
 */
const TYPICAL_RECORD_BYTES = 4 * 1024;

const IS_LOG_APPEND_TIME = 0x08;
/** Markers of transactions: they take an offset and are no record. */
const IS_CONTROL = 0x20;

const NO_BYTES = new Uint8Array();

const recordsIn = (
  { firstOffset, attributes, firstTimestamp, maxTimestamp, records }: RecordsBatch,
  { topic, partition }: RangeRead,
): readonly LoggedRecord[] => {
  const isAppendTime = (attributes & IS_LOG_APPEND_TIME) !== 0;
  return records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
    topic,
    partition,
    offset: Number(firstOffset) + offsetDelta,
    timestamp: epochMsOf(Number(isAppendTime ? maxTimestamp : firstTimestamp + timestampDelta)),
    timestampType: isAppendTime ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key,
    value,
    headers: headers.map(([name, bytes]): Header => ({
      name: name?.toString() ?? '',
      value: bytes ?? NO_BYTES,
    })),
  }));
};

/** Where a fetch has come to. */
interface Progress {
  readonly next: number;
  /** The end of the partition as this fetch saw it. */
  readonly end: number;
  readonly records: readonly LoggedRecord[];
}

const endOfFetched = ({ firstOffset, lastOffsetDelta }: RecordsBatch): number =>
  Number(firstOffset) + lastOffsetDelta + 1;

/**
 * One fetch, answered at once. The whole batch in which `from` lies comes back, however large.
 *
 * @param maxBytes - of the whole answer
 * @returns `undefined` where there is no such partition
 * @throws {KafkaFault}
 */
const fetchFrom = async (
  cluster: Cluster,
  range: RangeRead,
  from: number,
  maxBytes: number,
): Promise<Progress | undefined> => {
  const { topic, partition } = range;
  const route = await cluster.route(topic, partition);
  if (route === undefined) return undefined;
  const wanted = [{ partition, offset: from }];
  const answer = await fetchOnce(cluster, { ...route, topic, from: wanted, maxBytes, waitMs: 0 });
  expectNone(answer.errorCode, `${topic}-${partition}`);
  const fetched = answer.responses[0]?.partitions[0];
  if (fetched === undefined) throw refused(-1, `${topic}-${partition}`);
  if (isMisrouted(fetched.errorCode)) cluster.forgetRoutes([topic]);
  expectNone(fetched.errorCode, `${topic}-${partition}`);
  const batches = fetched.records ?? [];
  const last = batches.at(-1);
  return {
    next: last === undefined ? from : endOfFetched(last),
    end: Number(fetched.highWatermark),
    records: batches
      .filter(({ attributes }) => (attributes & IS_CONTROL) === 0)
      .flatMap((batch) => recordsIn(batch, range))
      .filter(({ offset }) => offset >= from),
  };
};

/** Where to go on from an offset that the broker does not have; `undefined`: nothing follows it. */
const resumeFrom = async (
  cluster: Cluster,
  { topic, partition }: RangeRead,
  from: number,
): Promise<Progress | undefined> => {
  const kept = (await topicOffsets(cluster, topic)).find((entry) => entry.partition === partition);
  return kept === undefined || from >= kept.earliest
    ? undefined
    : { next: kept.earliest, end: kept.end, records: [] };
};

const isOutOfRange = (thrown: unknown): boolean =>
  thrown instanceof KafkaFault && thrown.code === 'OFFSET_OUT_OF_RANGE';

/** How many of the records the range allows, one at least. */
const allowed = (records: readonly LoggedRecord[], { maxRecords, maxBytes }: RangeRead): number => {
  let bytes = 0;
  const tooMany = records.findIndex((record, index) => {
    bytes += sizeOf(record);
    return index >= maxRecords || (index > 0 && bytes > maxBytes);
  });
  return tooMany === -1 ? records.length : tooMany;
};

/**
 * Reads a range of a partition without a consumer group.
 *
 * Gaps that compaction or transactions left are read over. Records of transactions that were aborted are records here, as for
 * any consumer that does not ask for committed ones only.
 */
export const readRange = async (cluster: Cluster, range: RangeRead): Promise<readonly LoggedRecord[]> => {
  const read: LoggedRecord[] = [];
  const mostBytes = Math.min(range.maxBytes, MOST_BYTES);
  let askedBytes = Math.min(mostBytes, range.maxRecords * TYPICAL_RECORD_BYTES);
  for (let from = range.from; ;) {
    const progress = await cluster.attempt(`a read of ${range.topic}-${range.partition}`, async () => {
      try {
        return await fetchFrom(cluster, range, from, askedBytes);
      } catch (thrown) {
        if (isOutOfRange(thrown)) return resumeFrom(cluster, range, from);
        throw thrown;
      }
    });
    if (progress === undefined) return read;
    for (const record of progress.records) read.push(record);
    const count = allowed(read, range);
    const isOver = progress.next <= from || progress.next >= progress.end;
    if (isOver || count < read.length || count >= range.maxRecords) return read.slice(0, count);
    from = progress.next;
    // They are larger than they were taken to be.
    askedBytes = Math.min(mostBytes, askedBytes * 2);
  }
};
