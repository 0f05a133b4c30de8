import type { EventLog, ProduceResult } from '../../../lib/core/ports/event-log.ts';
import { bytesOf, textOf, type OutputRecord } from '../../../lib/core/record.ts';

export const record = (topic: string, key: string | null, value: string): OutputRecord => ({
  topic,
  key: key === null ? null : bytesOf(key),
  value: bytesOf(value),
  headers: [],
});

export const kindsOf = (results: readonly ProduceResult[]): readonly string[] =>
  results.map(({ kind }) => kind);

/** All values of a partition, in their order. */
export const valuesOf = async (log: EventLog, topic: string, partition = 0): Promise<readonly string[]> => {
  const range = { topic, partition, from: 0, maxRecords: 100_000, maxBytes: 50_000_000 };
  return (await log.read(range)).map(({ value }) => textOf(value ?? new Uint8Array()));
};

export const topicSettings = { partitions: 1, retentionMs: 86_400_000, maxRecordBytes: 1_000_000 };
