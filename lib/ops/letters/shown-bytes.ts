import { strictTextOf } from '../../core/record.ts';

/** Bytes of a record as people read them: JSON where they are JSON, text where they are text, else base64. */
export const shownBytes = (bytes: Uint8Array | null): unknown => {
  if (bytes === null) return null;
  const text = strictTextOf(bytes);
  if (text === undefined) return `base64:${Buffer.from(bytes).toString('base64')}`;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};
