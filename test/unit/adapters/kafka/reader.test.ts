import { expect, it } from 'vitest';
import type { Cluster } from '../../../../lib/adapters/kafka/cluster.ts';
import { readRange } from '../../../../lib/adapters/kafka/reader.ts';

interface Asked {
  readonly maxBytes: number;
  readonly sentRecords: number;
}

/** One partition whose batches are of one record each, and what is asked of its broker. */
const partitionOf = (records: number, recordBytes: number) => {
  const asked: Asked[] = [];
  const batch = (offset: number) => ({
    firstOffset: BigInt(offset),
    lastOffsetDelta: 0,
    attributes: 0,
    firstTimestamp: 0n,
    maxTimestamp: 0n,
    records: [
      {
        offsetDelta: 0,
        timestampDelta: 0n,
        key: null,
        value: Buffer.alloc(recordBytes),
        headers: [],
      },
    ],
  });
  const connection = {
    codec: () => ({ version: 12 }),
    ask: async (...args: readonly unknown[]) => {
      const maxBytes = args[3] as number;
      const [topic] = args[7] as readonly [
        { readonly partitions: readonly { readonly fetchOffset: bigint }[] },
      ];
      const from = Number(topic.partitions[0]?.fetchOffset);
      // At least one, as a broker does.
      const sentRecords = Math.min(records - from, Math.max(1, Math.floor(maxBytes / recordBytes)));
      asked.push({ maxBytes, sentRecords });
      const batches = Array.from({ length: sentRecords }, (_, index) => batch(from + index));
      const partition = { errorCode: 0, highWatermark: BigInt(records), records: batches };
      return { errorCode: 0, responses: [{ partitions: [partition] }] };
    },
  };
  const cluster = {
    attempt: (_: string, work: () => Promise<unknown>) => work(),
    route: async () => ({ leader: 1, id: 'id' }),
    connectionTo: async () => connection,
  } as unknown as Cluster;
  return {
    asked,
    read: async (maxRecords: number, maxBytes = 6_000_000) =>
      (await readRange(cluster, { topic: 't', partition: 0, from: 0, maxRecords, maxBytes })).map(
        ({ offset }) => offset,
      ),
  };
};

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

it('a hundred records of a long backlog are read without the thousands that follow them', async () => {
  const { read, asked } = partitionOf(100_000, 1_500);
  expect(await read(100)).toEqual(upTo(100));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.sentRecords).toBeLessThan(300);
});

it('records larger than they were taken to be are read on, with more at a time', async () => {
  const { read, asked } = partitionOf(1_000, 40_000);
  expect(await read(100)).toEqual(upTo(100));
  expect(asked.length).toBeLessThan(6);
  expect(asked.map(({ maxBytes }) => maxBytes)).toEqual(asked.map((_, index) => 409_600 * 2 ** index));
});

it('a broker is never asked for more than the range allows', async () => {
  const { read, asked } = partitionOf(1_000, 40_000);
  expect(await read(100, 500_000)).toEqual(upTo(12));
  for (const { maxBytes } of asked) expect(maxBytes).toBeLessThanOrEqual(500_000);
});
