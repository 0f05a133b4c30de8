/**
 * Lambda's Kafka event, as it really comes: see the AWS Lambda developer guide, "with-msk" and "with-kafka".
 *
 * `@types/aws-lambda` is not used: it says that key and value are always there, and knows no schema metadata.
 */
import { InvariantError } from '../core/errors.ts';
import type { Header, SourceRecord } from '../core/record.ts';
import { epochMsOf, type EpochMs } from '../core/units.ts';

/** A record of the event. Key and value are base64; both may be absent or null. */
export interface KafkaEventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  readonly key?: string | null;
  /** `null` or absent: a tombstone. */
  readonly value?: string | null;
  /** One name each; names can repeat. The bytes are signed: `ë` is `[-61, -85]`. */
  readonly headers?: readonly EventHeader[] | null;
  /** Present where the mapping has a schema registry. */
  readonly keySchemaMetadata?: SchemaMetadata;
  readonly valueSchemaMetadata?: SchemaMetadata;
}

interface SchemaMetadata {
  readonly dataFormat: string;
  readonly schemaId?: string;
}

export interface KafkaEvent {
  readonly eventSource: 'aws:kafka' | 'SelfManagedKafka';
  readonly eventSourceArn?: string;
  readonly bootstrapServers: string;
  /** By `<topic>-<partition>`; the records of a partition are in the order of their offsets. */
  readonly records: Readonly<Record<string, readonly KafkaEventRecord[]>>;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (got: string, where: string): never => {
  throw new InvariantError('BATCH_INVALID', {
    message: `${where}: got ${got}; expected an event of Lambda's Kafka event source mapping ({ eventSource, records: { "<topic>-<partition>": […] } }). Is the function invoked by something else?`,
  });
};

/**
 * The records of an event, in its order.
 *
 * A map key whose topic or partition differs from its records' is believed only where the answer goes: coordinates come
 * from the record itself, the partial response names the map key.
 *
 * @throws {InvariantError} `BATCH_INVALID`: nothing of what is not understood may be taken for done
 */
export const recordsOf = (event: unknown): readonly SourceRecord[] => {
  if (!isObject(event) || !isObject(event['records'])) return refuse(describe(event), 'event');
  return Object.entries(event['records']).flatMap(([listedUnder, list]) => {
    if (!Array.isArray(list)) return refuse(describe(list), `records["${listedUnder}"]`);
    return list.map((record: unknown) => recordOf(record, listedUnder));
  });
};

/** The brokers that an event names, `host:port` each; `undefined` where it names none. */
export const brokersOf = (event: unknown): readonly string[] | undefined => {
  const servers = isObject(event) ? event['bootstrapServers'] : undefined;
  return typeof servers === 'string' && servers !== '' ? servers.split(',') : undefined;
};

const describe = (value: unknown): string =>
  isObject(value)
    ? `an object with ${Object.keys(value).slice(0, 8).join(', ') || 'no members'}`
    : value === null
      ? 'null'
      : typeof value;

const recordOf = (record: unknown, listedUnder: string): SourceRecord => {
  if (!isObject(record)) return refuse(describe(record), `a record of "${listedUnder}"`);
  const { topic, partition, offset, timestamp, timestampType, key, value, headers } = record;
  if (typeof topic !== 'string' || !isOffset(partition) || !isOffset(offset) || !isTime(timestamp))
    return refuse(describe(record), `a record of "${listedUnder}" (topic, partition, offset, timestamp)`);
  // A value that is not understood must not pass for a tombstone, nor a record without its headers for one of no type.
  if (!isBytes(key) || !isBytes(value) || !isHeaders(headers))
    return refuse(describe(record), `a record of "${listedUnder}" (key, value, headers)`);
  return {
    topic,
    partition,
    offset,
    timestamp: writableTime(timestamp),
    timestampType: timestampType === 'LOG_APPEND_TIME' ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key: bytesIn(key),
    value: bytesIn(value),
    headers: (headers ?? []).flatMap(headerIn),
    listedUnder,
  };
};

/** Offsets are numbers beyond 2^31; below 2^53 they are exact. */
const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** The horizon counts from it: a record without one would be taken for infinitely old. */
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Years of four digits, and room for a deadline behind them. */
const latestTime = Date.UTC(9999, 0, 1);

/**
 * A producer's own timestamps (CREATE_TIME) may be anything, such as nanoseconds, or −1 for none. One that RFC 3339 cannot
 * write is taken for the nearest that it can: the record must not fail its batch, and what follows from its age is kept.
 */
const writableTime = (timestamp: number): EpochMs => epochMsOf(Math.min(Math.max(0, timestamp), latestTime));

const isBytes = (value: unknown): value is string | null | undefined =>
  value === undefined || value === null || typeof value === 'string';

/** Kafka allows a header without a value. */
type EventHeader = Readonly<Record<string, readonly number[] | null>>;

const isHeaders = (value: unknown): value is readonly EventHeader[] | null | undefined =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) &&
    value.every(
      (header) =>
        isObject(header) &&
        Object.values(header).every(
          (bytes) => bytes === null || (Array.isArray(bytes) && bytes.every(Number.isInteger)),
        ),
    ));

const bytesIn = (value: string | null | undefined): Uint8Array | null =>
  typeof value === 'string' ? Buffer.from(value, 'base64') : null;

const headerIn = (header: EventHeader): readonly Header[] =>
  // Buffer.from takes each signed number modulo 256: −61 is 195.
  Object.entries(header).map(([name, bytes]) => ({ name, value: Buffer.from(bytes ?? []) }));
