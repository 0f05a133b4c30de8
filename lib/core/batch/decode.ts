/** From the bytes of a record to an event that its contract knows, or to the reason why not. */
import type { ResolvedSource } from '../contract/resolved.ts';
import type { LetterReason } from '../dead-letter.ts';
import { digestOf } from '../digest.ts';
import {
  ceHeader,
  isFault,
  readChainedEnvelope,
  traceOf,
  type Envelope,
  type EnvelopeFault,
} from '../envelope.ts';
import { identityByCoordinates, identityKey, identityText, type Identity } from '../identity.ts';
import { notJson, parseJson } from '../json-value.ts';
import type { Validator } from '../ports/stage-ports.ts';
import type { DecodedValue } from '../ports/value-decoder.ts';
import { strictTextOf } from '../record.ts';
import { issuesText } from '../schema-issues.ts';
import { parseInstant, epochMsOf, type EpochMs } from '../units.ts';
import type { Arrival } from './arrival.ts';

/** An event of a topic that the contract names as a source. */
export interface DecodedEvent {
  readonly kind: 'event';
  readonly arrival: Arrival;
  readonly envelope: Envelope;
  readonly eventTime: EpochMs;
  readonly data: unknown;
}

/** A record that this stage can do nothing with, for good. */
export interface RefusedRecord {
  readonly kind: 'refused';
  readonly arrival: Arrival;
  readonly reason: LetterReason;
  readonly message: string;
}

export interface IgnoredRecord {
  readonly kind: 'ignored';
  readonly arrival: Arrival;
  readonly type: string;
}

/** A record whose value cannot be decoded now: it is delivered again. */
export interface DeferredRecord {
  readonly kind: 'deferred';
  readonly arrival: Arrival;
}

export type Decoded = DecodedEvent | RefusedRecord | IgnoredRecord | DeferredRecord;

/** The entity a record belongs to: the text of its Kafka key, or its bytes in hexadecimal where they are no text. */
export const entityOf = (key: Uint8Array): string =>
  strictTextOf(key) ?? `0x${Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;

const member = (data: unknown, name: string): unknown =>
  typeof data === 'object' && data !== null && Object.hasOwn(data, name)
    ? (data as Readonly<Record<string, unknown>>)[name]
    : undefined;

/** Whether a record is ignored whatever its value is: it has none, or its header names an event type that is not ours. */
export const isPassedOver = (
  { record }: Arrival,
  source: ResolvedSource,
  validators: Readonly<Record<string, Validator>>,
): boolean => {
  if (record.value === null) return true;
  const type = ceHeader(record.headers, 'type');
  return type !== undefined && !Object.hasOwn(validators, type) && source.unknown === 'ignore';
};

/**
 * Decodes a record of a source or context topic.
 *
 * @param value - what became of its value; `undefined` for a record that is passed over
 * @param deadlineMs - the contract's deadline: with the time of publication it makes `expirytime`
 */
export const decodeSource = (
  arrival: Arrival,
  value: DecodedValue | undefined,
  source: ResolvedSource,
  validators: Readonly<Record<string, Validator>>,
  deadlineMs: number,
): Decoded => {
  const { record } = arrival;
  const refused = (reason: LetterReason, message: string): RefusedRecord => ({
    kind: 'refused',
    arrival,
    reason,
    message,
  });
  if (record.value === null) return { kind: 'ignored', arrival, type: 'tombstone' };
  const type = typeOf(arrival, source, value?.kind === 'data' ? value.data : undefined);
  const validator = type === undefined || !Object.hasOwn(validators, type) ? undefined : validators[type];
  // An event type that is not ours may have any form: it is judged before its value is.
  if (validator === undefined && type !== undefined && source.unknown === 'ignore')
    return { kind: 'ignored', arrival, type };
  if (value?.kind === 'refused') return refused(value.reason, value.message);
  if (value?.kind !== 'data') return { kind: 'deferred', arrival };
  if (type === undefined || validator === undefined)
    return refused(
      'unknown-type',
      `event type ${type === undefined ? 'is missing (header ce_type)' : `"${type}" is unknown`}; the contract knows ${Object.keys(source.events).join(', ')}`,
    );
  const { data } = value;
  const issues = validator(data);
  if (issues.length > 0) return refused('schema', `not of schema "${type}": ${issuesText(issues)}`);
  if (record.key === null)
    return refused('key-missing', `the record has no key; the contract says it is "${source.key}"`);
  const entity = member(data, source.key);
  if ((typeof entity !== 'string' && typeof entity !== 'number') || String(entity) !== entityOf(record.key))
    return refused(
      'key-mismatch',
      `the record's key is not the data's "${source.key}": entities would be split over partitions`,
    );
  const time = member(data, source.time);
  const eventTime = typeof time === 'string' ? parseInstant(time) : undefined;
  if (eventTime === undefined)
    return refused('event-time', `"${source.time}" must be an RFC 3339 time with a zone, got ${typeof time}`);
  const identity = identityOf(arrival, source, data);
  const publishedAt = publicationOf(arrival, source, data);
  return {
    kind: 'event',
    arrival,
    eventTime,
    data,
    envelope: {
      identity,
      type,
      publishedAt,
      correlationId: ceHeader(record.headers, 'correlationid') ?? identityText(identity),
      origin: { time: publishedAt, append: record.timestamp, digest: digestOf(record.value) },
      expiry: epochMsOf(publishedAt + deadlineMs),
      sequence: undefined,
      trace: traceOf(record.headers),
      hops: [],
      flags: [],
    },
  };
};

const typeOf = (arrival: Arrival, source: ResolvedSource, data: unknown): string | undefined => {
  const header = ceHeader(arrival.record.headers, 'type');
  if (header !== undefined) return header;
  if (source.identify === null) return undefined;
  if (source.identify.type === undefined) return Object.keys(source.events)[0];
  const named = member(data, source.identify.type);
  return typeof named === 'string' ? named : undefined;
};

const identityOf = (arrival: Arrival, source: ResolvedSource, data: unknown): Identity => {
  const { headers } = arrival.record;
  const ceSource = ceHeader(headers, 'source');
  const ceId = ceHeader(headers, 'id');
  if (ceSource !== undefined && ceId !== undefined) return { source: ceSource, id: ceId };
  const id = source.identify === null ? undefined : member(data, source.identify.id);
  if (source.identify !== null && (typeof id === 'string' || typeof id === 'number'))
    // JSON's escapes can say half a character, which no header and no store holds: the id is the same here as it is there.
    return { source: source.identify.source, id: String(id).toWellFormed() };
  return identityByCoordinates(arrival.at);
};

const publicationOf = (arrival: Arrival, source: ResolvedSource, data: unknown): EpochMs => {
  const stated =
    source.identify?.publishedAt === undefined ? undefined : member(data, source.identify.publishedAt);
  const time = ceHeader(arrival.record.headers, 'time') ?? (typeof stated === 'string' ? stated : undefined);
  return (time === undefined ? undefined : parseInstant(time)) ?? arrival.record.timestamp;
};

/** A record that an earlier stage of this pipeline wrote, or what should have been one. It always has a key in the store. */
export interface Chained {
  readonly arrival: Arrival;
  /** Key in the claims or the ledger. */
  readonly key: string;
  readonly digest: string;
  readonly originAppend: EpochMs;
  /** `undefined` where it has none that can be read: then it is refused. */
  readonly envelope: Envelope | undefined;
  /** What today's code makes of the value; it counts only where the claim is new. */
  readonly content:
    | { readonly kind: 'data'; readonly data: unknown }
    | { readonly kind: 'refused'; readonly reason: LetterReason; readonly message: string };
}

/** Decodes a record of the vectors' or the decisions' topic. */
export const decodeChained = (arrival: Arrival, type: string, validator: Validator): Chained => {
  const { record, at } = arrival;
  const source = ceHeader(record.headers, 'source');
  const id = ceHeader(record.headers, 'id');
  const envelope = readChainedEnvelope(record);
  return {
    arrival,
    key: identityKey(source !== undefined && id !== undefined ? { source, id } : identityByCoordinates(at)),
    digest: ceHeader(record.headers, 'origindigest') ?? digestOf(record.value ?? ''),
    originAppend: isFault(envelope) ? record.timestamp : envelope.origin.append,
    envelope: isFault(envelope) ? undefined : envelope,
    content: contentOf(record.value, envelope, type, validator),
  };
};

const contentOf = (
  value: Uint8Array | null,
  envelope: Envelope | EnvelopeFault,
  type: string,
  validator: Validator,
): Chained['content'] => {
  const refused = (reason: LetterReason, message: string): Chained['content'] => ({
    kind: 'refused',
    reason,
    message,
  });
  if (value === null) return refused('tombstone', 'the record has no value');
  if (isFault(envelope)) return refused('envelope', `header ${envelope.missing} is missing or malformed`);
  if (envelope.type !== type)
    return refused('unknown-type', `event type "${envelope.type}", expected "${type}"`);
  const json = parseJson(value);
  if (json === undefined) return refused('not-json', notJson);
  const issues = validator(json.parsed);
  if (issues.length > 0) return refused('schema', `not of schema "${type}": ${issuesText(issues)}`);
  return { kind: 'data', data: json.parsed };
};
