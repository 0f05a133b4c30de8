import type { Header } from '../../core/record.ts';

/**
 * Headers in bytes, in their order: for each the length of the name in UTF-8, the name, the length of the value, the value;
 * lengths of 32 bits, big-endian. `null` for none.
 */
export const encodeHeaders = (headers: readonly Header[]): Uint8Array | null => {
  if (headers.length === 0) return null;
  const lengths = headers.map(({ name }) => Buffer.byteLength(name));
  const size = headers.reduce((sum, { value }, index) => sum + (lengths[index] ?? 0) + value.length + 8, 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  headers.forEach(({ name, value }, index) => {
    at = bytes.writeUInt32BE(lengths[index] ?? 0, at);
    at += bytes.write(name, at, 'utf8');
    at = bytes.writeUInt32BE(value.length, at);
    bytes.set(value, at);
    at += value.length;
  });
  return bytes;
};

/** The inverse of {@link encodeHeaders}. */
export const decodeHeaders = (encoded: Uint8Array | null): readonly Header[] => {
  if (encoded === null) return [];
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const headers: Header[] = [];
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 4 + bytes.readUInt32BE(at);
    const valueEnd = nameEnd + 4 + bytes.readUInt32BE(nameEnd);
    headers.push({
      name: bytes.toString('utf8', at + 4, nameEnd),
      value: encoded.subarray(nameEnd + 4, valueEnd),
    });
    at = valueEnd;
  }
  return headers;
};
