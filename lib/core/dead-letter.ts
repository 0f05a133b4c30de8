/** Dead letters: the record as it came, and why it is here, in headers that other tools read too (K2). */
import { letterId } from './identity.ts';
import {
  bytesOf,
  sizeOf,
  type Coordinates,
  type Header,
  type OutputRecord,
  type SourceRecord,
} from './record.ts';
import { toIso } from './units.ts';

/** Closed: why a record is a dead letter. */
export type LetterReason =
  | 'not-json'
  | 'unknown-schema'
  | 'undecodable'
  | 'schema'
  | 'tombstone'
  | 'envelope'
  | 'event-time'
  | 'key-missing'
  | 'key-mismatch'
  | 'unknown-type'
  | 'identity-conflict'
  | 'horizon'
  | 'oversize'
  | 'function-threw'
  | 'output-mismatch'
  | 'refused'
  | 'gave-up'
  | 'unknown-outcome'
  | 'payload-lost';

/** The dead-letter topic allows this much beyond the source's largest record. */
export const letterAllowanceBytes = 64 * 1024;

const longestMessage = 2_000;

export interface LetterParts {
  readonly pipeline: string;
  readonly stage: string;
  readonly topic: string;
  readonly record: SourceRecord;
  readonly at: Coordinates;
  /** n: how often the record had been redriven when it failed. */
  readonly redrive: number;
  readonly reason: LetterReason;
  readonly message: string;
  /** Largest record of the source topic, bytes. */
  readonly maxSourceBytes: number;
  /** Largest letter, where less than the dead-letter topic takes: it is kept in an item too. */
  readonly maxKeptBytes?: number;
}

const isErrorHeader = ({ name }: Header): boolean =>
  name.startsWith('__connect.errors.') || name.startsWith('freshet.');

/** The record's own headers, without those that a dead letter added: what a redrive delivers. */
export const originalHeaders = (headers: readonly Header[]): readonly Header[] =>
  headers.filter((header) => !isErrorHeader(header));

/**
 * A dead letter: original key, value and headers, Kafka Connect's `__connect.errors.*`, and our reason.
 *
 * One above the limit loses its value and says so in `freshet.truncated`; its coordinates point to the record in its topic.
 *
 * @see Kafka Connect, KIP-298, "Dead Letter Queue"
 */
export const deadLetter = (parts: LetterParts): OutputRecord => {
  const { record, at } = parts;
  const described: Readonly<Record<string, string | number>> = {
    '__connect.errors.topic': at.topic,
    '__connect.errors.partition': at.partition,
    '__connect.errors.offset': at.offset,
    '__connect.errors.stage': parts.stage,
    '__connect.errors.class.name': `freshet.${parts.pipeline}.${parts.stage}`,
    '__connect.errors.exception.class.name': 'PermanentRecordError',
    '__connect.errors.exception.message': parts.message.slice(0, longestMessage),
    '__connect.errors.exception.stacktrace': '',
    'freshet.letter.id': letterId(parts.pipeline, parts.stage, at, parts.redrive),
    'freshet.reason': parts.reason,
    'freshet.redrive': parts.redrive,
    'freshet.topic.id': at.topicId,
    'freshet.timestamp': toIso(record.timestamp),
    'freshet.timestamp.type': record.timestampType,
  };
  const letter: OutputRecord = {
    topic: parts.topic,
    key: record.key,
    value: record.value,
    headers: [
      ...originalHeaders(record.headers),
      ...Object.entries(described).map(([name, value]) => ({ name, value: bytesOf(String(value)) })),
    ],
  };
  const maxBytes = Math.min(parts.maxSourceBytes + letterAllowanceBytes, parts.maxKeptBytes ?? Infinity);
  if (sizeOf(letter) <= maxBytes) return letter;
  const cut = truncated(letter);
  return sizeOf(cut) <= maxBytes ? cut : bare(letter);
};

export const isLetter = ({ headers }: Pick<OutputRecord, 'headers'>): boolean =>
  headers.some(({ name }) => name === 'freshet.letter.id');

/** The letter without its value, which stays where its coordinates point. */
export const truncated = (letter: OutputRecord): OutputRecord => cutTo(letter, { ...letter, value: null });

/** Nothing but why it is a letter: a record whose headers or key alone are too large. */
const bare = (letter: OutputRecord): OutputRecord =>
  cutTo(letter, { ...letter, key: null, value: null, headers: letter.headers.filter(isErrorHeader) });

/** @returns the cut letter, which says how many bytes it lost */
const cutTo = (letter: OutputRecord, cut: OutputRecord): OutputRecord => ({
  ...cut,
  headers: [
    ...cut.headers,
    { name: 'freshet.truncated', value: bytesOf(String(sizeOf(letter) - sizeOf(cut))) },
  ],
});
