import type { MessageRecord } from '@platformatic/kafka';
import type { Header, OutputRecord } from '../../core/record.ts';

/** Bytes of a record batch without its records, as the broker counts them against `max.message.bytes`. */
const BATCH_HEAD_BYTES = 61;

/** Of a number in Kafka's zigzag encoding. */
const varintBytes = (value: number): number => {
  let rest = value < 0 ? value * -2 - 1 : value * 2;
  let bytes = 1;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
};

const prefixedBytes = (length: number): number => varintBytes(length) + length;

const nullableBytes = (bytes: Uint8Array | null): number =>
  bytes === null ? varintBytes(-1) : prefixedBytes(bytes.length);

const headerBytes = ({ name, value }: Header): number =>
  prefixedBytes(Buffer.byteLength(name)) + prefixedBytes(value.length);

/**
 * What a record takes in a batch, in bytes, uncompressed, where all records of the batch have one timestamp.
 *
 * @param index - its place in the batch
 * @see kafka.apache.org/documentation/#record
 */
const recordBytes = ({ key, value, headers }: OutputRecord, index: number): number => {
  const attributes = 1;
  const timestampDelta = 1;
  return prefixedBytes(
    attributes +
      timestampDelta +
      varintBytes(index) +
      nullableBytes(key) +
      nullableBytes(value) +
      varintBytes(headers.length) +
      headers.reduce((sum, header) => sum + headerBytes(header), 0),
  );
};

/** Bytes of a batch that holds this record alone. */
export const loneBatchBytes = (record: OutputRecord): number => BATCH_HEAD_BYTES + recordBytes(record, 0);

/**
 * Parts records, in their order, into as few batches as the limit allows; a record above it is a batch of its own.
 *
 * @param limitBytes - of a batch
 */
export const inBatches = <Item extends { readonly record: OutputRecord }>(
  items: readonly Item[],
  limitBytes: number,
): readonly (readonly Item[])[] => {
  const batches: Item[][] = [];
  let batch: Item[] = [];
  let bytes = BATCH_HEAD_BYTES;
  for (const item of items) {
    const more = recordBytes(item.record, batch.length);
    if (batch.length > 0 && bytes + more > limitBytes) {
      batches.push(batch);
      batch = [];
      bytes = BATCH_HEAD_BYTES;
    }
    bytes += batch.length === 0 ? recordBytes(item.record, 0) : more;
    batch.push(item);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A record as the library takes it. */
export const messageOf = (
  { topic, key, value, headers }: OutputRecord,
  partition: number,
  timestamp: bigint,
): MessageRecord => ({
  topic,
  partition,
  timestamp,
  ...(key === null ? {} : { key: bufferOf(key) }),
  // The library's type knows no tombstones, its encoder does.
  value: (value === null ? null : bufferOf(value)) as Buffer,
  // A map whose keys are buffers has a key for each header, so that names may repeat.
  headers: new Map(headers.map((header) => [Buffer.from(header.name), bufferOf(header.value)])),
});
