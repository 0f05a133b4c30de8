import type { Header } from '../../core/record.ts';
import type { LetteredRecord } from './letter.ts';

/** What a stage is invoked with to process a letter's record again: the record in the form of Lambda's Kafka event. */
export interface RedriveEvent {
  readonly freshet: 'redrive';
  /** `host:port,…`, as the mapping's event has them: a function that has served no batch yet may know of no others. */
  readonly bootstrapServers?: string;
  readonly record: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: number;
    readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
    /** Base64. */
    readonly key: string | null;
    readonly value: string | null;
    /** Signed bytes, as Lambda sends them. */
    readonly headers: readonly Readonly<Record<string, readonly number[]>>[];
  };
  readonly topicId: string;
  /** n + 1 for the letter numbered n; a letter of the mapping has number −1. */
  readonly number: number;
  readonly pastDeadline: boolean;
}

const base64 = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const signed = ({ name, value }: Header): Readonly<Record<string, readonly number[]>> => ({
  [name]: [...new Int8Array(value)],
});

/** @param brokers - of the log, `host:port` each; `null` where it has none */
export const redriveEvent = (
  record: LetteredRecord,
  brokers: readonly string[] | null,
  redrive: Pick<RedriveEvent, 'topicId' | 'number' | 'pastDeadline'>,
): RedriveEvent => ({
  freshet: 'redrive',
  ...(brokers === null ? {} : { bootstrapServers: brokers.join(',') }),
  record: {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    timestampType: record.timestampType,
    key: base64(record.key),
    value: base64(record.value),
    headers: record.headers.map(signed),
  },
  ...redrive,
});
