import { digestOf } from '../digest.ts';
import type { LedgerWrite } from '../ports/stores.ts';
import { bytesOf } from '../record.ts';
import type { FrozenWork, LedgerItem, StoredRecord } from './item.ts';
import { isRecordAway, recordAway, requestAway, type Payload } from './payload.ts';
import { storedBytes } from './stored-record.ts';
import type { Transition } from './transitions.ts';

/** What goes where. */
export interface PayloadPlaces {
  /** Before the keys of all objects: `<pipeline>/<stage>`. */
  readonly prefix: string;
  /** What is larger lies outside of its item: a request as UTF-8, and all that an item emits together. */
  readonly limits: { readonly requestBytes: number; readonly emitsBytes: number };
}

/** What pointers stand for, as far as somebody knows it already, by the objects' keys. */
export interface KnownPayloads {
  readonly requests: ReadonlyMap<string, string>;
  readonly records: ReadonlyMap<string, StoredRecord>;
}

/** A write with pointers in place of its large contents. */
export interface PackedWrite {
  readonly write: LedgerWrite;
  /** What must be durable before it is made. */
  readonly payloads: readonly Payload[];
  readonly known: KnownPayloads;
}

/** Puts pointers in place of what is too large for an item. Pure. */
export const packedWrite = (write: LedgerWrite, { prefix, limits }: PayloadPlaces): PackedWrite => {
  const { then } = write.transition;
  const changed: Partial<LedgerItem> = 'put' in then ? then.put : then.set;
  const payloads: Payload[] = [];
  const requests = new Map<string, string>();
  const records = new Map<string, StoredRecord>();
  const folder = `${prefix}/${digestOf(write.key)}`;
  // What its writer has read already.
  const seen = write.seen?.work;
  if (seen?.kind === 'run' && seen.payload && seen.request !== '')
    requests.set(seen.payload.key, seen.request);

  let { work, emits } = changed;
  if (work?.kind === 'run' && bytesOf(work.request).length > limits.requestBytes) {
    const away = requestAway(folder, work);
    payloads.push(away.payload);
    requests.set(away.payload.pointer.key, work.request);
    work = away.work;
  }
  if (emits && emits.reduce((sum, record) => sum + storedBytes(record), 0) > limits.emitsBytes)
    emits = emits.map((record) => {
      // What it points to is not known here, and would be lost with its pointer.
      if (isRecordAway(record)) return record;
      const away = recordAway(folder, record);
      payloads.push(away.payload);
      records.set(away.payload.pointer.key, record);
      return away.record;
    });
  const known = { requests, records };
  if (payloads.length === 0) return { write, payloads, known };
  return { write: { ...write, transition: withContents(write.transition, work, emits) }, payloads, known };
};

/** The transition with other contents for those that it writes. */
const withContents = (
  transition: Transition,
  work: FrozenWork | undefined,
  emits: readonly StoredRecord[] | undefined,
): Transition => {
  const contents = { ...(work ? { work } : {}), ...(emits ? { emits } : {}) };
  const { then } = transition;
  return 'put' in then
    ? { ...transition, then: { put: { ...then.put, ...contents } } }
    : { ...transition, then: { ...then, set: { ...then.set, ...contents } } };
};
