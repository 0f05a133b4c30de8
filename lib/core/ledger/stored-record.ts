import type { OutputRecord } from '../record.ts';
import type { StoredRecord } from './item.ts';

/** Bytes as text of one character per byte, so that a stored record is emitted again exactly as it was. */
const binaryText = (bytes: Uint8Array): string => {
  let text = '';
  // In pieces: String.fromCharCode takes its bytes as arguments, and their number is limited.
  for (let start = 0; start < bytes.length; start += 8_192)
    text += String.fromCharCode(...bytes.subarray(start, start + 8_192));
  return text;
};

export const bytesOfBinaryText = (text: string): Uint8Array => {
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

export const outputOf = ({ topic, key, value, headers }: StoredRecord): OutputRecord => ({
  topic,
  key: key === null ? null : bytesOfBinaryText(key),
  value: value === null ? null : bytesOfBinaryText(value),
  headers: headers.map(([name, content]) => ({ name, value: bytesOfBinaryText(content) })),
});
