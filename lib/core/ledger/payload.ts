/** Contents of an item that are too large for it: they lie in a bucket, and the item points to them. */
import { digestOf } from '../digest.ts';
import { bytesOf, textOf } from '../record.ts';
import type { FrozenWork, PayloadPointer, StoredRecord } from './item.ts';

/** An object that must be durable before the item that points to it is written. */
export interface Payload {
  readonly pointer: PayloadPointer;
  readonly body: Uint8Array;
}

/**
 * @param folder - of the item that it belongs to; the object's name in it is its digest, so that nothing that an item points
 * to is ever written over with something else
 */
const payloadOf = (folder: string, text: string): Payload => {
  const body = bytesOf(text);
  const sha256 = digestOf(body);
  return { body, pointer: { key: `${folder}/${sha256}`, bytes: body.length, sha256 } };
};

/** The text of an object, or `undefined` where it is not what the item points to. */
export const textIn = ({ bytes, sha256 }: PayloadPointer, body: Uint8Array): string | undefined =>
  body.length === bytes && digestOf(body) === sha256 ? textOf(body) : undefined;

type RunWork = Extract<FrozenWork, { readonly kind: 'run' }>;

/** Whether only the pointer to a frozen request is known. */
export const isRequestAway = (work: FrozenWork): work is RunWork & { readonly payload: PayloadPointer } =>
  work.kind === 'run' && work.payload !== undefined && work.request === '';

/** The work with a pointer in place of its request, and what it points to. */
export const requestAway = (
  folder: string,
  work: RunWork,
): { readonly work: FrozenWork; readonly payload: Payload } => {
  const payload = payloadOf(folder, work.request);
  return { work: { kind: 'run', request: '', payload: payload.pointer }, payload };
};

/** Whether only the pointer to a record is known. */
export const isRecordAway = (
  record: StoredRecord,
): record is StoredRecord & { readonly payload: PayloadPointer } => record.payload !== undefined;

/** A record with a pointer in place of its key, value and headers, and what it points to. */
export const recordAway = (
  folder: string,
  { topic, key, value, headers }: StoredRecord,
): { readonly record: StoredRecord; readonly payload: Payload } => {
  const payload = payloadOf(folder, JSON.stringify({ key, value, headers }));
  return { record: { topic, key: null, value: null, headers: [], payload: payload.pointer }, payload };
};

/** @param text - what {@link recordAway} wrote, its digest checked */
export const recordFrom = ({ topic }: StoredRecord, text: string): StoredRecord => ({
  topic,
  ...(JSON.parse(text) as Omit<StoredRecord, 'topic'>),
});
