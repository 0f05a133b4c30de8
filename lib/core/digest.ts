import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { bytesOf } from './record.ts';

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** SHA-256, 64 hexadecimal digits. Pure TypeScript (@noble/hashes), for core has no `node:` of its own. */
export const digestOf = (data: Uint8Array | string): string =>
  bytesToHex(sha256(typeof data === 'string' ? bytesOf(data) : data));

/** Whether JSON can give it back as it is: an object literal, and no array, `Date`, `Map` or instance of a class. */
export const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of another realm, `Object.prototype` is another object: it alone has no prototype of its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/**
 * JSON with the members of every object in order of their names and no white space, so that equal values give equal bytes.
 *
 * Numbers are written as `JSON.stringify` writes them. `undefined` members are left out; `NaN` and infinities are refused,
 * for `JSON.stringify` would make `null` of them in silence, and so is what is no plain object: a `Date`, a `Map`, an
 * instance of a class would lose what it is.
 *
 * @throws {TypeError} for what JSON cannot hold
 * @see RFC 8785, whose order and number format this follows for what Freshet stores
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`a number that JSON can hold, got ${value}`);
      return JSON.stringify(value);
    case 'string':
      return JSON.stringify(value);
    case 'object': {
      if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
      if (!isPlainObject(value))
        throw new TypeError(`a plain object, got an instance of ${value.constructor.name}`);
      const members = Object.keys(value)
        .filter((name) => value[name] !== undefined)
        .toSorted()
        .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
      return `{${members.join(',')}}`;
    }
    default:
      throw new TypeError(`a JSON value, got ${typeof value}`);
  }
};
