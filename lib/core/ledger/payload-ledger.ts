import type { PayloadStore } from '../ports/payload-store.ts';
import type { LedgerStore, LedgerWritten, Read } from '../ports/stores.ts';
import { isSettledState, type LedgerItem, type PayloadPointer, type StoredRecord } from './item.ts';
import { packedWrite, type KnownPayloads, type PackedWrite, type PayloadPlaces } from './packed-write.ts';
import { isRecordAway, isRequestAway, recordFrom, textIn, type Payload } from './payload.ts';

export interface PayloadLedgerOptions extends PayloadPlaces {
  readonly payloads: PayloadStore;
  /** Told why the payload store did not answer. */
  readonly onUnavailable: (cause: unknown) => void;
}

interface Unavailable {
  readonly kind: 'unavailable';
  readonly cause: unknown;
}

type Whole = { readonly kind: 'whole'; readonly item: LedgerItem } | Unavailable;

const noAnswer: Unavailable = {
  kind: 'unavailable',
  cause: new Error('the store answered fewer writes than it was sent'),
};

const nothingKnown: KnownPayloads = { requests: new Map(), records: new Map() };

/**
 * A ledger whose items may hold more than a store takes: what is too large lies in the payload store.
 *
 * - An object is durable before the item that points to it is written. A crash in between leaves an object that nobody points
 *   to: it does no harm, and expires.
 * - What the payload store does not answer is `unavailable`: nothing is claimed, and nothing is sent.
 * - An object that is missing, or is not what the item points to, is never taken for something else: its pointer stays in its
 *   place, and what follows from that is core's to say ({@link isRequestAway}, {@link isRecordAway}).
 *
 * `list` answers with items as they are stored, pointers and all.
 */
export const payloadLedger = (store: LedgerStore, options: PayloadLedgerOptions): LedgerStore => {
  const { payloads, onUnavailable } = options;

  const told = ({ cause }: { readonly cause: unknown }): Unavailable => {
    onUnavailable(cause);
    return { kind: 'unavailable', cause };
  };

  /** `undefined`: there is nothing that the pointer could mean. */
  const textAt = async (
    pointer: PayloadPointer,
  ): Promise<{ readonly kind: 'text'; readonly text: string | undefined } | Unavailable> => {
    const read = await payloads.get(pointer.key);
    if (read.kind === 'unavailable') return told(read);
    return { kind: 'text', text: read.kind === 'read' ? textIn(pointer, read.body) : undefined };
  };

  const wholeOf = async (item: LedgerItem, { requests, records }: KnownPayloads): Promise<Whole> => {
    let { work } = item;
    // Whoever finds it settled asks only what is emitted; but what failed may be opened again, with its request.
    if (isRequestAway(work) && (!isSettledState(item.state) || item.state === 'FAILED')) {
      const known = requests.get(work.payload.key);
      const read = known === undefined ? await textAt(work.payload) : { kind: 'text' as const, text: known };
      if (read.kind === 'unavailable') return read;
      work = { ...work, request: read.text ?? '' };
    }
    const emits: StoredRecord[] = [];
    for (const record of item.emits) {
      const known = isRecordAway(record) ? records.get(record.payload.key) : record;
      if (known) emits.push(known);
      else if (isRecordAway(record)) {
        const read = await textAt(record.payload);
        if (read.kind === 'unavailable') return read;
        emits.push(read.text === undefined ? record : recordFrom(record, read.text));
      }
    }
    return { kind: 'whole', item: { ...item, work, emits } };
  };

  const answerOf = async (written: LedgerWritten, known: KnownPayloads): Promise<LedgerWritten> => {
    if (written.kind === 'unavailable' || written.item === undefined) return written;
    const whole = await wholeOf(written.item, known);
    return whole.kind === 'unavailable' ? whole : { kind: written.kind, item: whole.item };
  };

  const apply = async (packed: readonly PackedWrite[]): Promise<ReadonlyMap<PackedWrite, LedgerWritten>> => {
    const written = packed.length === 0 ? [] : await store.apply(packed.map(({ write }) => write));
    const answers = packed.map(
      async (one, index) => [one, await answerOf(written[index] ?? noAnswer, one.known)] as const,
    );
    return new Map(await Promise.all(answers));
  };

  /** What stands where something new is to be claimed: a redelivery writes no object again, and may know what is in it. */
  const lookFirst = async (
    packed: readonly PackedWrite[],
  ): Promise<readonly (readonly [PackedWrite, LedgerWritten])[]> => {
    const claims = packed.filter(({ write }) => write.transition.when.absent);
    const answers = claims.length === 0 ? [] : await store.read(claims.map(({ write }) => write.key));
    const standing = await Promise.all(
      claims.map(async (one, index): Promise<LedgerWritten | undefined> => {
        const answer = answers[index] ?? noAnswer;
        if (answer.kind === 'unavailable') return answer;
        return answer.value && answerOf({ kind: 'refused', item: answer.value }, one.known);
      }),
    );
    return claims.flatMap((one, index) => (standing[index] ? [[one, standing[index]] as const] : []));
  };

  /** Objects first: only writes whose objects are all durable are made. */
  const applyLarge = async (
    packed: readonly PackedWrite[],
  ): Promise<ReadonlyMap<PackedWrite, LedgerWritten>> => {
    const answers = new Map(await lookFirst(packed));
    const durable = await Promise.all(
      packed
        .filter((one) => !answers.has(one))
        .map(async (one): Promise<readonly PackedWrite[]> => {
          const failure = await failureToStore(payloads, one.payloads);
          if (failure) answers.set(one, told(failure));
          return failure ? [] : [one];
        }),
    );
    for (const [one, written] of await apply(durable.flat())) answers.set(one, written);
    return answers;
  };

  return {
    read: async (keys) => {
      const answers = await store.read(keys);
      return Promise.all(
        answers.map(async (answer): Promise<Read<LedgerItem | undefined>> => {
          if (answer.kind === 'unavailable' || answer.value === undefined) return answer;
          const whole = await wholeOf(answer.value, nothingKnown);
          return whole.kind === 'unavailable' ? whole : { kind: 'read', value: whole.item };
        }),
      );
    },
    apply: async (writes) => {
      const packed = writes.map((write) => packedWrite(write, options));
      const isLarge = (one: PackedWrite): boolean => one.payloads.length > 0;
      // What is small does not wait for objects.
      const [small, large] = await Promise.all([
        apply(packed.filter((one) => !isLarge(one))),
        applyLarge(packed.filter(isLarge)),
      ]);
      return packed.map((one) => small.get(one) ?? large.get(one) ?? noAnswer);
    },
    list: (filter) => store.list(filter),
  };
};

const failureToStore = async (
  store: PayloadStore,
  payloads: readonly Payload[],
): Promise<{ readonly cause: unknown } | undefined> => {
  const stored = await Promise.all(
    payloads.map(({ pointer, body }) => store.put(pointer.key, body, pointer.sha256)),
  );
  return stored.find((one) => one.kind === 'unavailable');
};
