import type { EpochMs } from './units.ts';

/** Where a record stands in the log. The topic's id, not its name, makes it unique: a recreated topic starts again at 0. */
export interface Coordinates {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** A safe integer; offsets beyond 2^31 are usual. */
  readonly offset: number;
}

/** `topicId/partition/offset`: what is counted once per stage. */
export const coordinateKey = ({ topicId, partition, offset }: Omit<Coordinates, 'topic'>): string =>
  `${topicId}/${partition}/${offset}`;

/** A Kafka header. Names can repeat. */
export interface Header {
  readonly name: string;
  readonly value: Uint8Array;
}

/** A record as it came out of an invocation's event. */
export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: EpochMs;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  readonly key: Uint8Array | null;
  /** `null` for a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
  /**
   * The key of the event's map under which the record came: normally `<topic>-<partition>`.
   * The partial response must name this one, for an identifier that is not in the event fails the whole batch.
   */
  readonly listedUnder: string;
}

/** A record to be appended. */
export interface OutputRecord {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
}

const utf8 = new TextEncoder();
// A byte-order mark is a character like others: left out, two keys or identities that differ by it would be one.
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const fromStrictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Up to here a loop makes the bytes of a text sooner than a call of the encoder, and most texts are headers. */
const longestLooped = 128;

/** A text as UTF-8. */
export const bytesOf = (text: string): Uint8Array => {
  if (text.length > longestLooped) return utf8.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return utf8.encode(text);
    bytes[index] = unit;
  }
  return bytes;
};
export const textOf = (bytes: Uint8Array): string => fromUtf8.decode(bytes);

/** Decodes UTF-8, or `undefined` where the bytes are none. */
export const strictTextOf = (bytes: Uint8Array): string | undefined => {
  try {
    return fromStrictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
};

/** The last header of that name wins, as in Kafka's own `Headers.lastHeader`. A loop, for a record's headers are searched twenty times. */
export const lastHeader = (headers: readonly Header[], name: string): Uint8Array | undefined => {
  for (let index = headers.length - 1; index >= 0; index -= 1) {
    const header = headers[index]!;
    if (header.name === name) return header.value;
  }
  return undefined;
};

/** Size of a record as the broker counts it, near enough for a limit: key, value and headers, in bytes. */
export const sizeOf = (record: Pick<OutputRecord, 'key' | 'value' | 'headers'>): number =>
  (record.key?.length ?? 0) +
  (record.value?.length ?? 0) +
  record.headers.reduce((sum, header) => sum + header.name.length + header.value.length + 4, 70);
