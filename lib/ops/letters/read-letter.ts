/** From a record of a dead-letter topic to the letter it is, whoever wrote it. */
import type { StageName } from '../../core/contract/resolved.ts';
import { originalHeaders } from '../../core/dead-letter.ts';
import { lengthPrefixed } from '../../core/identity.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { lastHeader, textOf } from '../../core/record.ts';
import { parseInstant, type EpochMs } from '../../core/units.ts';
import type { Letter } from './letter.ts';
import { mappingLetter } from './mapping-letter.ts';

export interface LetterReader {
  readonly pipeline: string;
  readonly stages: readonly StageName[];
  readonly stageOfFunction: (functionArn: string) => StageName | undefined;
}

type Read = (name: string) => string | undefined;

const readOf =
  (record: LoggedRecord): Read =>
  (name) => {
    const value = lastHeader(record.headers, name);
    return value === undefined ? undefined : textOf(value);
  };

/** @returns the letter; `undefined` where it is one of another pipeline that reads the same topic */
export const readLetter = (record: LoggedRecord, reader: LetterReader): Letter | undefined => {
  const read = readOf(record);
  if (read('freshet.letter.id') !== undefined) return stageLetter(record, read, reader);
  const mapping = mappingLetter(record, reader.stageOfFunction);
  if (mapping !== undefined) return mapping === 'of-another-pipeline' ? undefined : mapping;
  return otherLetter(record, read);
};

const numberIn = (text: string | undefined): number => (text === undefined ? Number.NaN : Number(text));

const stageLetter = (
  record: LoggedRecord,
  read: Read,
  { pipeline, stages }: LetterReader,
): Letter | undefined => {
  const place = read('__connect.errors.stage') ?? '';
  if (read('__connect.errors.class.name') !== `freshet.${pipeline}.${place}`) return undefined;
  const { key, value, headers, topic, partition, offset, timestamp } = record;
  const redrive = numberIn(read('freshet.redrive'));
  return {
    id: read('freshet.letter.id') ?? '',
    writer: 'stage',
    place,
    stage: stages.find((stage) => stage === place),
    reason: read('freshet.reason') ?? 'unknown',
    message: read('__connect.errors.exception.message') ?? '',
    redrive: Number.isSafeInteger(redrive) ? redrive : 0,
    record: {
      ...placeOf((name) => read(`__connect.errors.${name}`), record),
      topicId: read('freshet.topic.id'),
      timestamp: instantIn(read('freshet.timestamp')) ?? timestamp,
      timestampType: read('freshet.timestamp.type') === 'LOG_APPEND_TIME' ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
      key,
      value,
      headers: originalHeaders(headers),
    },
    truncatedBytes: numberIn(read('freshet.truncated') ?? '0'),
    writtenAt: timestamp,
    foundAt: { topic, partition, offset },
  };
};

const instantIn = (text: string | undefined): EpochMs | undefined =>
  text === undefined ? undefined : parseInstant(text);

/**
 * Prefixes under which other tools say where a record came from.
 *
 * @see Kafka Connect (KIP-298), Kafka Streams (KIP-1034), share groups (KIP-1191)
 */
const otherPrefixes = ['__connect.errors.', '__streams.errors.', '__dlq.errors.'];

/**
 * What Spring calls what Connect says, under a prefix of its own. Its numbers are big-endian.
 *
 * @see Spring for Apache Kafka, "Publishing Dead-letter Records"
 */
const springPrefix = 'kafka_dlt-';
const springNames: Readonly<Record<string, string>> = {
  topic: 'original-topic',
  partition: 'original-partition',
  offset: 'original-offset',
  stage: 'original-consumer-group',
  'exception.class.name': 'exception-fqcn',
  'exception.message': 'exception-message',
};

/** What another tool says of a letter, by the names of Connect without their prefix. */
const saidBy = ({ headers }: LoggedRecord, read: Read): Read => {
  const has = (prefix: string): boolean => headers.some(({ name }) => name.startsWith(prefix));
  if (has(springPrefix))
    return (name) => {
      const value = lastHeader(headers, `${springPrefix}${springNames[name] ?? name}`);
      if (value === undefined) return undefined;
      return name === 'partition' || name === 'offset' ? bigEndian(value) : textOf(value);
    };
  const prefix = otherPrefixes.find(has) ?? '__connect.errors.';
  return (name) => read(`${prefix}${name}`);
};

const bigEndian = ({ buffer, byteOffset, length }: Uint8Array): string | undefined => {
  const view = new DataView(buffer, byteOffset, length);
  if (length === 4) return String(view.getInt32(0));
  return length === 8 ? String(view.getBigInt64(0)) : undefined;
};

const placeOf = (
  said: Read,
  record: LoggedRecord,
): { readonly topic: string; readonly partition: number; readonly offset: number } => {
  const [partition, offset] = ['partition', 'offset'].map((name) => numberIn(said(name)));
  return {
    topic: said('topic') ?? record.topic,
    partition: Number.isSafeInteger(partition) ? (partition ?? 0) : record.partition,
    offset: Number.isSafeInteger(offset) ? (offset ?? 0) : record.offset,
  };
};

/** A letter of the player or of something else: shown, for it is in our topic, and never redriven, for no stage failed on it. */
const otherLetter = (record: LoggedRecord, read: Read): Letter => {
  const said = saidBy(record, read);
  const { topic, partition, offset, timestamp, timestampType, key, value, headers } = record;
  const line = read('freshet.line');
  const message = said('exception.message') ?? '';
  return {
    id: lengthPrefixed(['other', topic, String(partition), String(offset)]),
    writer: line === undefined ? 'other' : 'player',
    place: said('stage') ?? 'unknown',
    stage: undefined,
    reason: read('freshet.reason') ?? said('exception.class.name') ?? 'unknown',
    message: line === undefined ? message : `${read('freshet.file') ?? ''}:${line} ${message}`,
    redrive: 0,
    record: {
      ...placeOf(said, record),
      topicId: undefined,
      timestamp,
      timestampType,
      key,
      value,
      headers: originalHeaders(headers),
    },
    truncatedBytes: 0,
    writtenAt: timestamp,
    foundAt: { topic, partition, offset },
  };
};
