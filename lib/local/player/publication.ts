/** From an item of a playlist to the record that is published for it. */
import {
  deadLettersIn,
  topicIn,
  type ResolvedContract,
  type ResolvedSource,
} from '../../core/contract/resolved.ts';
import { letterAllowanceBytes, truncated } from '../../core/dead-letter.ts';
import type { Json } from '../../core/digest.ts';
import { bytesOf, sizeOf, type Header, type OutputRecord } from '../../core/record.ts';
import type { RecordedEvent, Recording } from '../../core/recording.ts';
import { toIso, type EpochMs } from '../../core/units.ts';
import type { PlayedEvent, PlayItem, RejectedLine } from '../recording/playlist.ts';
import { playHeader, type PlayMark } from './play-mark.ts';

export interface Publisher {
  /** Whether an item is published as a dead letter. */
  isRejected(item: PlayItem): boolean;
  /** @param now - the time of publication: freshness counts from it */
  recordOf(item: PlayItem, mark: PlayMark, now: EpochMs): OutputRecord;
}

const headersOf = (members: Readonly<Record<string, string | number>>): readonly Header[] =>
  Object.entries(members).map(([name, value]) => ({ name, value: bytesOf(String(value)) }));

const keyOf = (data: Json, member: string): Uint8Array | null => {
  const value =
    typeof data === 'object' && data !== null && !Array.isArray(data)
      ? (data as Readonly<Record<string, Json>>)[member]
      : undefined;
  return typeof value === 'string' || typeof value === 'number' ? bytesOf(String(value)) : null;
};

/** The source that an item goes to. */
const sourceOf = ({ source, context }: ResolvedContract, to: string): ResolvedSource =>
  to === 'source' ? source : (context[to]?.source ?? source);

/** Producers that send plain JSON are played as they are, so that the contract's mapping is what identifies their events. */
const envelopeOf = (
  source: ResolvedSource,
  event: RecordedEvent,
  ceSource: string,
  now: EpochMs,
): Readonly<Record<string, string>> =>
  source.identify === null
    ? {
        ce_specversion: '1.0',
        ce_id: event.id,
        ce_source: ceSource,
        ce_type: event.type,
        ce_time: toIso(now),
        'content-type': 'application/json',
      }
    : { 'content-type': 'application/json' };

const letterOf = (
  { reason, message, file, line, bytes }: RejectedLine,
  topic: string,
  source: ResolvedSource,
  environment: string,
  mark: PlayMark,
): OutputRecord => {
  const letter: OutputRecord = {
    topic,
    key: null,
    value: bytes,
    headers: headersOf({
      '__connect.errors.topic': topicIn(environment, source),
      '__connect.errors.stage': 'player',
      '__connect.errors.exception.message': message,
      'freshet.reason': reason,
      'freshet.file': file,
      'freshet.line': line,
      ...playHeader(mark),
    }),
  };
  return sizeOf(letter) > source.maxRecordBytes + letterAllowanceBytes ? truncated(letter) : letter;
};

/** What an envelope and a mark add to an event's data, generously. */
const headerAllowanceBytes = 2_048;

/** An event above its topic's size is played as a dead letter, like a line that cannot be read. */
const oversize = (item: PlayItem, source: ResolvedSource): RejectedLine | undefined => {
  if (item.kind === 'rejected') return undefined;
  const bytes = bytesOf(JSON.stringify(item.event.data));
  if (bytes.length + headerAllowanceBytes <= source.maxRecordBytes) return undefined;
  const message = `the event has ${bytes.length} bytes, the topic takes ${source.maxRecordBytes}`;
  return {
    kind: 'rejected',
    to: item.to,
    at: item.at,
    reason: 'oversize',
    message,
    file: '',
    line: 0,
    bytes,
  };
};

export const publisherOf = ({ contract, source: ceSource }: Recording, environment: string): Publisher => ({
  isRejected: (item) => item.kind === 'rejected' || oversize(item, sourceOf(contract, item.to)) !== undefined,
  recordOf: (item, mark, now) => {
    const source = sourceOf(contract, item.to);
    const rejected = item.kind === 'rejected' ? item : oversize(item, source);
    if (rejected !== undefined)
      return letterOf(rejected, deadLettersIn(environment, source), source, environment, mark);
    const { event } = item as PlayedEvent;
    return {
      topic: topicIn(environment, source),
      key: keyOf(event.data, source.key),
      value: bytesOf(JSON.stringify(event.data)),
      headers: headersOf({ ...envelopeOf(source, event, ceSource, now), ...playHeader(mark) }),
    };
  },
});
