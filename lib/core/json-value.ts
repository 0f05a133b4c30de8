import { strictTextOf } from './record.ts';

/** What is said of bytes that are none. */
export const notJson = 'the value is not JSON in UTF-8';

const byteOrderMark = '\uFEFF';

/** The JSON value in some bytes, or `undefined` where they are none. A byte-order mark before it is passed over. @see RFC 8259, 8.1 */
export const parseJson = (value: Uint8Array): { readonly parsed: unknown } | undefined => {
  const text = strictTextOf(value);
  if (text === undefined) return undefined;
  try {
    return { parsed: JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text) as unknown };
  } catch {
    return undefined;
  }
};
