import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { Header } from '../../core/record.ts';
import type { KafkaEvent, KafkaEventRecord } from '../../runtime/kafka-event.ts';
import type { ClusterSource } from './mapping.ts';

/** The key of a partition in the event's map, and in the identifiers of a partial response. */
export const partitionKey = ({ topic, partition }: Pick<LoggedRecord, 'topic' | 'partition'>): string =>
  `${topic}-${partition}`;

/** @param records - those of a partition in offset order */
export const kafkaEvent = (source: ClusterSource, records: readonly LoggedRecord[]): KafkaEvent => {
  const byPartition: Record<string, KafkaEventRecord[]> = {};
  for (const record of records) (byPartition[partitionKey(record)] ??= []).push(eventRecord(record));
  return { ...eventHead(source), records: byPartition };
};

const eventHead = (source: ClusterSource): Omit<KafkaEvent, 'records'> => {
  const bootstrapServers = source.bootstrapServers.join(',');
  return source.kind === 'msk'
    ? { eventSource: 'aws:kafka', eventSourceArn: source.arn, bootstrapServers }
    : { eventSource: 'SelfManagedKafka', bootstrapServers };
};

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** A loop, for spreading a typed array takes twenty times as long, and headers are most of a record. */
const signed = (bytes: Uint8Array): readonly number[] => {
  const numbers: number[] = [];
  for (const byte of bytes) numbers.push(byte < 128 ? byte : byte - 256);
  return numbers;
};

/** What a record has not is left out: a record without a key has no `key`, a tombstone no `value`. */
const eventRecord = (record: LoggedRecord): KafkaEventRecord => ({
  topic: record.topic,
  partition: record.partition,
  offset: record.offset,
  timestamp: record.timestamp,
  timestampType: record.timestampType,
  ...(record.key === null ? {} : { key: base64(record.key) }),
  ...(record.value === null ? {} : { value: base64(record.value) }),
  headers: record.headers.map(({ name, value }) => ({ [name]: signed(value) })),
});

/** Bytes of the event's JSON without any record. */
export const eventHeadBytes = (source: ClusterSource): number =>
  Buffer.byteLength(JSON.stringify({ ...eventHead(source), records: {} }));

/** What the first record of a partition adds: `"<topic>-<partition>":[]` and a comma. */
export const partitionBytes = (record: Pick<LoggedRecord, 'topic' | 'partition'>): number =>
  record.topic.length + digits(record.partition) + 7;

/**
 * What a record adds to the event's JSON, in bytes, its comma included; computed without writing it.
 * It counts a comma too many for the last record of a partition, and for the last partition.
 */
export const recordBytes = (record: LoggedRecord): number =>
  RECORD_FRAME_BYTES +
  record.topic.length +
  digits(record.partition) +
  digits(record.offset) +
  digits(record.timestamp) +
  record.timestampType.length +
  (record.key === null ? 0 : '"key":"",'.length + base64Bytes(record.key)) +
  (record.value === null ? 0 : '"value":"",'.length + base64Bytes(record.value)) +
  record.headers.reduce((sum, header) => sum + headerBytes(header), 0);

const RECORD_FRAME_BYTES = '{"topic":"","partition":,"offset":,"timestamp":,"timestampType":"","headers":[]},'
  .length;

const digits = (whole: number): number => String(whole).length;
const base64Bytes = (bytes: Uint8Array): number => 4 * Math.ceil(bytes.length / 3);

/** Most names are of characters that JSON writes as they are, a byte each. */
const isPlainName = /^[\w.-]*$/;

const nameBytes = (name: string): number =>
  isPlainName.test(name) ? name.length + 2 : Buffer.byteLength(JSON.stringify(name));

/** `{"name":[1,-2]},`: the comma after the last header is counted too. */
const headerBytes = ({ name, value }: Header): number => {
  let bytes = nameBytes(name) + '{:[]},'.length + Math.max(0, value.length - 1);
  for (const byte of value) bytes += SIGNED_DIGITS[byte] ?? 0;
  return bytes;
};

/** How long a byte is as a signed number. */
const SIGNED_DIGITS = Uint8Array.from(
  { length: 256 },
  (_, byte) => String(byte < 128 ? byte : byte - 256).length,
);
