import { InvariantError } from '../errors.ts';
import type { OutputRecord } from '../record.ts';
import type { StoredRecord } from './item.ts';

/** Applied and not spread: a typed array is spread through its iterator, which takes seven times as long. */
const textOfPiece = (bytes: Uint8Array): string =>
  String.fromCharCode.apply(null, bytes as unknown as number[]);

/** Bytes as text of one character per byte, so that a stored record is emitted again exactly as it was. */
const binaryText = (bytes: Uint8Array): string => {
  let text = '';
  // In pieces: String.fromCharCode takes its bytes as arguments, and their number is limited.
  for (let start = 0; start < bytes.length; start += 8_192)
    text += textOfPiece(start === 0 && bytes.length <= 8_192 ? bytes : bytes.subarray(start, start + 8_192));
  return text;
};

const bytesOfBinaryText = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
};

export const storedRecord = ({ topic, key, value, headers }: OutputRecord): StoredRecord => ({
  topic,
  key: key === null ? null : binaryText(key),
  value: value === null ? null : binaryText(value),
  headers: headers.map((header) => [header.name, binaryText(header.value)] as const),
});

/** @throws {InvariantError} `STATE_TABLE_BROKEN` for a record that was not read from where it lies: nothing goes out in its place */
export const outputOf = ({ topic, key, value, headers, payload }: StoredRecord): OutputRecord => {
  if (payload !== undefined)
    throw new InvariantError('STATE_TABLE_BROKEN', {
      message: `a stored record was to be emitted that lies in ${payload.key} and was not read`,
    });
  return {
    topic,
    key: key === null ? null : bytesOfBinaryText(key),
    value: value === null ? null : bytesOfBinaryText(value),
    headers: headers.map(([name, content]) => ({ name, value: bytesOfBinaryText(content) })),
  };
};

/** Bytes of a stored record, names of headers included. */
export const storedBytes = ({ key, value, headers }: StoredRecord): number =>
  (key?.length ?? 0) +
  (value?.length ?? 0) +
  headers.reduce((sum, [name, content]) => sum + name.length + content.length, 0);
