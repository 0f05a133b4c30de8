import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../../lib/adapters/partitioner.ts';
import type { EventLog, LoggedRecord } from '../../../lib/core/ports/event-log.ts';
import { bytesOf } from '../../../lib/core/record.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { findAfter, findNewest, searchedOfEach } from '../../../lib/ops/trace/find-record.ts';

const topic = 'orders';

interface Part {
  readonly records: number;
  /** Of each record. */
  readonly bytes?: number;
  /** Offsets of records that are wanted. */
  readonly wanted?: readonly number[];
}

/** A log with so many records that nobody would append them one by one: they are made when they are read. */
const longLog = (parts: readonly Part[]): EventLog & { readonly searched: () => readonly number[] } => {
  const searched = parts.map(() => 0);
  const recordAt = (partition: number, offset: number): LoggedRecord => ({
    topic,
    partition,
    offset,
    timestamp: epochMsOf(offset),
    timestampType: 'LOG_APPEND_TIME',
    key: null,
    value: null,
    headers:
      parts[partition]?.wanted?.includes(offset) === true ? [{ name: 'wanted', value: bytesOf('yes') }] : [],
  });
  return {
    offsets: async () => parts.map(({ records }, partition) => ({ partition, earliest: 0, end: records })),
    offsetsAt: async (_, at) =>
      parts.map(({ records }, partition) => ({ partition, offset: Math.min(records, at) })),
    read: async ({ partition, from, maxRecords, maxBytes }) => {
      const { records = 0, bytes = 1 } = parts[partition] ?? {};
      const count = Math.min(maxRecords, records - from, Math.max(1, Math.floor(maxBytes / bytes)));
      searched[partition] = (searched[partition] ?? 0) + count;
      return Array.from({ length: count }, (__, index) => recordAt(partition, from + index));
    },
    searched: () => searched,
  } as Partial<EventLog> as EventLog & { readonly searched: () => readonly number[] };
};

const search = { topic, isWanted: ({ headers }: LoggedRecord) => headers.length > 0 };
const placeOf = (record: LoggedRecord | undefined): string => `${record?.partition}/${record?.offset}`;
const since = epochMsOf(0);

describe.each([
  ['the newest record', (log: EventLog) => findNewest(log, search)],
  ['the first record', (log: EventLog) => findAfter(log, search, since)],
])('%s', (_, find) => {
  it('is found behind partitions that are longer than what is looked through', async () => {
    const log = longLog([{ records: 500_000 }, { records: 500_000 }, { records: 20, wanted: [7] }]);
    expect(placeOf(await find(log))).toBe('2/7');
    expect(log.searched().slice(0, 2)).toEqual([searchedOfEach(3), searchedOfEach(3)]);
  });

  it('is given up after the share of each partition', async () => {
    const log = longLog([{ records: 500_000 }, { records: 500_000, wanted: [250_000] }]);
    expect(await find(log)).toBeUndefined();
    expect(log.searched()).toEqual([100_000, 100_000]);
  });

  it('is found among records so large that few of them come at a time', async () => {
    const log = longLog([{ records: 900, bytes: 1_048_576, wanted: [880] }]);
    expect(placeOf(await find(log))).toBe('0/880');
  });

  it('is not found in a topic that is not there', async () => {
    expect(await find(longLog([]))).toBeUndefined();
  });
});

it('the newest of several large records is the last one', async () => {
  const log = longLog([{ records: 2_500, bytes: 1_048_576, wanted: [10, 1_501, 1_600, 2_400] }]);
  expect(placeOf(await findNewest(log, search))).toBe('0/2400');
  const before = longLog([{ records: 2_500, bytes: 1_048_576, wanted: [10, 1_501, 1_600] }]);
  expect(placeOf(await findNewest(before, search))).toBe('0/1600');
});

it('the partition of a key is looked through first, and as far as if it were the only one', async () => {
  const key = bytesOf('ada');
  const likely = partitionOf(key, 4);
  const log = longLog(
    Array.from({ length: 4 }, (_, partition) => ({
      records: 190_000,
      wanted: partition === likely ? [180_000] : [],
    })),
  );
  expect(placeOf(await findAfter(log, { ...search, key }, since))).toBe(`${likely}/180000`);
  expect(log.searched().filter((count) => count > 0)).toHaveLength(1);
});
