import avsc from 'avsc';
import { avro, type WireFormat } from '../../lib/core/contract/formats.ts';
import type { ResolvedContract } from '../../lib/core/contract/resolved.ts';
import type { FeaturesStage } from '../../lib/core/stages/features.ts';
import type { SourceRecord } from '../../lib/core/record.ts';
import { tinyContract } from './tiny-contract.ts';

/** The tiny contract's readings as somebody's Avro writes them: the time counts ms, the value may be none. */
export const readingSchema = {
  type: 'record',
  name: 'Reading',
  namespace: 'plant',
  fields: [
    { name: 'sensor', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'value', type: ['null', 'double'] },
  ],
} as const satisfies avsc.Schema;

const type = avsc.Type.forSchema(readingSchema);

export const avroReading = (sensor: string, at: number, value: number | null = 1): Uint8Array =>
  type.toBuffer({ sensor, at, value });

export const contractWith = (format: WireFormat = avro()): ResolvedContract => {
  const contract = tinyContract();
  return { ...contract, source: { ...contract.source, format } };
};

/** Emits a vector for every reading. */
export const readingFeatures = (contract: ResolvedContract): FeaturesStage => ({
  kind: 'features',
  contract,
  initial: { count: 0 },
  on: {
    read: {
      fold: (state) => ({ count: (state as { readonly count: number }).count + 1 }),
      emit: ({ event }) => ({ mean: (event as { readonly value: number | null }).value ?? 0 }),
    },
    moved: { fold: (state) => state },
  },
});

const base64 = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('base64');

/** An event of the mapping, each record with what more it says of it. */
export const mappingEvent = (records: readonly SourceRecord[], more: object = {}): object => ({
  eventSource: 'SelfManagedKafka',
  bootstrapServers: 'broker:9092',
  records: {
    [records[0]?.listedUnder ?? '']: records.map((record) => ({
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      timestamp: record.timestamp,
      timestampType: record.timestampType,
      key: base64(record.key),
      value: base64(record.value),
      headers: record.headers.map(({ name, value }) => ({ [name]: [...value] })),
      ...more,
    })),
  },
});
