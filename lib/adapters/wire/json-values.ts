import { inflateSync } from 'node:zlib';
import { notJson, parseJson } from '../../core/json-value.ts';
import type { DecodedValue, ValueDecoder } from '../../core/ports/value-decoder.ts';
import { framingOf, type Framed } from './framing.ts';

/** More than an invocation carries: a value that unpacks to more was made to do so. */
const maxUnpackedBytes = 8_000_000;

/** @throws {Error} for what is not compressed as its header says, or unpacks to too much */
const unpacked = (framed: Framed): Uint8Array =>
  framed.registry === 'glue' && framed.isCompressed
    ? inflateSync(framed.payload, { maxOutputLength: maxUnpackedBytes })
    : framed.payload;

const refused = (message: string): DecodedValue => ({ kind: 'refused', reason: 'not-json', message });

/** One value, with a header or without. */
export const jsonValue = (value: Uint8Array): DecodedValue => {
  const framed = framingOf(value);
  let payload = value;
  try {
    if (framed) payload = unpacked(framed);
  } catch {
    return refused(`what stands behind the value's header cannot be decompressed`);
  }
  const json = parseJson(payload);
  if (json) return { kind: 'data', data: json.parsed };
  return refused(
    framed
      ? `what stands behind the value's header, of schema ${framed.schema}, is not JSON in UTF-8; the contract's format must say what it is`
      : notJson,
  );
};

/** JSON, with a registry's header or without. No registry is asked: the contract's own schemas judge the values. */
export const jsonValues: ValueDecoder = { decode: async (values) => values.map(jsonValue) };
