/**
 * Records of an item as bytes, so that an item has the size that its records have, whatever they contain.
 *
 * First a byte for the form: 0 plain, 1 deflated with the dictionary below, 2 the records as JSON, where one of them lies
 * elsewhere. In 0 and 1 then per record: topic, key, value, headers; each text
 * is preceded by its length in 32 bits (all ones for null), the headers by their number in 16.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { StoredRecord } from '../../core/ledger/item.ts';

const plainForm = 0;
const deflatedForm = 1;
const jsonForm = 2;

const nullLength = 0xff_ff_ff_ff;

/** Names of topics and headers may hold any text; keys, values and header values have a character for each of their bytes. */
const textEncoding = (isBinary: boolean): BufferEncoding => (isBinary ? 'latin1' : 'utf8');

export const encodeRecords = (records: readonly StoredRecord[]): Uint8Array => {
  // Of what lies elsewhere there is little to write.
  if (records.some(({ payload }) => payload !== undefined))
    return Buffer.concat([Buffer.of(jsonForm), Buffer.from(JSON.stringify(records))]);
  const plain = plainBytes(records);
  // What is small already would only grow.
  if (plain.length < leastDeflatedBytes) return plain;
  const deflated = deflateRawSync(plain.subarray(1), { ...deflating, dictionary });
  return deflated.length + 1 < plain.length ? Buffer.concat([Buffer.of(deflatedForm), deflated]) : plain;
};

/** @throws {RangeError} for bytes that {@link encodeRecords} did not write */
export const decodeRecords = (bytes: Uint8Array): readonly StoredRecord[] => {
  const [form] = bytes;
  const content = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
  if (form === plainForm) return recordsIn(content);
  if (form === deflatedForm) return recordsIn(inflateRawSync(content, { dictionary }));
  if (form === jsonForm) return JSON.parse(content.toString()) as readonly StoredRecord[];
  throw new RangeError(
    `stored records have form ${form}, expected ${plainForm}, ${deflatedForm} or ${jsonForm}: written by a newer version?`,
  );
};

const leastDeflatedBytes = 256;

/**
 * A window of 4 KB holds the dictionary and a usual record. What a larger one needs is cleared for each record, which takes
 * longer than to deflate it; so does the usual room for the answer. Whatever the window, it is read alike.
 */
const deflating = { level: 1, windowBits: 12, memLevel: 4, chunkSize: 2_048 };

const plainBytes = (records: readonly StoredRecord[]): Buffer => {
  const bytes = Buffer.allocUnsafe(records.reduce((sum, record) => sum + plainLength(record), 1));
  bytes[0] = plainForm;
  let at = 1;
  const put = (text: string | null, isBinary: boolean): void => {
    const written = text === null ? 0 : bytes.write(text, at + 4, textEncoding(isBinary));
    bytes.writeUInt32BE(text === null ? nullLength : written, at);
    at += 4 + written;
  };
  for (const { topic, key, value, headers } of records) {
    put(topic, false);
    put(key, true);
    put(value, true);
    at = bytes.writeUInt16BE(headers.length, at);
    for (const [name, content] of headers) {
      put(name, false);
      put(content, true);
    }
  }
  return bytes;
};

const plainLength = ({ topic, key, value, headers }: StoredRecord): number =>
  headers.reduce(
    (sum, [name, content]) => sum + Buffer.byteLength(name) + content.length + 8,
    Buffer.byteLength(topic) + (key?.length ?? 0) + (value?.length ?? 0) + 14,
  );

const recordsIn = (bytes: Buffer): readonly StoredRecord[] => {
  let at = 0;
  const text = (isBinary: boolean): string | null => {
    const length = bytes.readUInt32BE(at);
    at += 4;
    if (length === nullLength) return null;
    at += length;
    return bytes.toString(textEncoding(isBinary), at - length, at);
  };
  const records: StoredRecord[] = [];
  while (at < bytes.length) {
    const [topic, key, value] = [text(false) ?? '', text(true), text(true)];
    const headers = bytes.readUInt16BE(at);
    at += 2;
    records.push({
      topic,
      key,
      value,
      headers: Array.from({ length: headers }, () => [text(false) ?? '', text(true) ?? ''] as const),
    });
  }
  return records;
};

/**
 * What the records of every pipeline have in common. It is part of the format: another one needs another form.
 */
const dictionary = plainBytes([
  {
    topic: 'prod..dlq.vector.decision.outcome',
    key: '',
    value:
      '{"reason":"below-threshold","revision":1,"stage":"action","status":"suppressed"}{"revision":1,"stage":"action","status":"done"}',
    headers: [
      ['__connect.errors.topic', ''],
      ['__connect.errors.partition', '0'],
      ['__connect.errors.offset', ''],
      ['__connect.errors.stage', 'inference'],
      ['__connect.errors.class.name', 'freshet.'],
      ['__connect.errors.exception.class.name', 'PermanentRecordError'],
      ['__connect.errors.exception.message', ''],
      ['__connect.errors.exception.stacktrace', ''],
      ['freshet.letter.id', ''],
      ['freshet.reason', 'gave-up'],
      ['freshet.redrive', '0'],
      ['freshet.topic.id', ''],
      ['freshet.timestamp', ''],
      ['freshet.timestamp.type', 'LOG_APPEND_TIME'],
      ['ce_modelid', ''],
      ['ce_modelversion', '1.0.0'],
      ['ce_modeldigest', ''],
      ['ce_responsemodel', ''],
      ['ce_requestid', ''],
      ['ce_confidence', '0.'],
      ['ce_inputtokens', ''],
      ['ce_outputtokens', ''],
      ['ce_costusd', '0.'],
      ['ce_vectordigest', ''],
      ['ce_rowversion', ''],
      ['ce_rowdigest', ''],
      ['ce_specversion', '1.0'],
      ['ce_id', ''],
      ['ce_source', '/freshet/'],
      ['ce_type', 'decision'],
      ['ce_time', '2026-01-01T00:00:00.000Z'],
      ['content-type', 'application/json'],
      ['ce_correlationid', ''],
      ['ce_causationid', '/freshet/features#'],
      ['ce_origintime', '2026-'],
      ['ce_originappend', '2026-'],
      ['ce_origindigest', '0123456789abcdef'],
      ['ce_expirytime', '2026-'],
      ['ce_sequence', ''],
      ['ce_hops', 'features:0:,inference:0:,action:0:'],
      ['ce_flags', ':stale:missing,late'],
      ['traceparent', '00-'],
    ],
  },
]);
