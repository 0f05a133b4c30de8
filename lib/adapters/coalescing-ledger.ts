import type { LedgerStore, LedgerWrite, LedgerWritten } from '../core/ports/stores.ts';

interface Waiting {
  readonly write: LedgerWrite;
  readonly answer: (written: LedgerWritten) => void;
}

/**
 * A ledger whose single writes are gathered: what is written in one turn of the event loop is one call to the store.
 *
 * The model calls of a batch end one by one, each with a write of its own; this makes one statement batch of them.
 */
export const coalescingLedger = (store: LedgerStore): LedgerStore => {
  let waiting: Waiting[] = [];

  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    const written = await store.apply(batch.map(({ write }) => write));
    batch.forEach(({ answer }, index) =>
      answer(
        written[index] ?? {
          kind: 'unavailable',
          cause: new Error('the store answered fewer writes than it was sent'),
        },
      ),
    );
  };

  const enqueue = (write: LedgerWrite): Promise<LedgerWritten> =>
    new Promise((resolve) => {
      // Of one key only one write may be in a call: a second one goes with the next.
      if (waiting.some((other) => other.write.key === write.key)) void flush();
      if (waiting.length === 0) setImmediate(() => void flush());
      waiting.push({ write, answer: resolve });
    });

  return {
    read: (keys) => store.read(keys),
    list: (filter) => store.list(filter),
    apply: (writes) => (writes.length === 1 ? Promise.all(writes.map(enqueue)) : store.apply(writes)),
  };
};
