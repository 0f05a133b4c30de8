import type { Clock, Timer } from '../core/ports/clock.ts';
import type { LedgerStore, LedgerWrite, LedgerWritten } from '../core/ports/stores.ts';
import type { EpochMs } from '../core/units.ts';

/** How long a write waits for others of its batch. */
export interface Gathering {
  readonly clock: Clock;
  readonly forMs: number;
}

interface Waiting {
  readonly write: LedgerWrite;
  readonly answer: (written: LedgerWritten) => void;
  readonly fail: (cause: unknown) => void;
}

/** What fits in one call of the store that has the smallest: to wait for more would save none. */
const enough = 25;

/**
 * A ledger whose single writes are gathered: the model calls of a batch end one by one, each with a write of its own, and this makes
 * fewer calls to the store of them.
 *
 * What is written in one turn of the event loop is one call. With `gathering`, a write that comes while other claims are still worked
 * on waits for theirs too, but no longer than that says, and not once there are enough for a call. It waits for nobody who is not to
 * come: the ledger sees which keys were claimed through it and not written since. So a batch whose work ends in one turn, or
 * has one record, waits no longer than without it, and the last write of a batch never does. Effects are not to be gathered
 * so: until its write is there, a crash leaves in doubt what may have been done.
 *
 * @param gathering - without it, only what one turn brings is gathered
 */
export const coalescingLedger = (store: LedgerStore, gathering?: Gathering): LedgerStore => {
  let waiting: Waiting[] = [];
  let timer: Timer | undefined;
  let isFlushSoon = false;
  /** Until when the claims are held that are being worked on, by key. */
  const held = new Map<string, EpochMs>();

  const applyAll = async (writes: readonly LedgerWrite[]): Promise<readonly LedgerWritten[]> => {
    for (const { key } of writes) held.delete(key);
    const written = await store.apply(writes);
    for (const answer of written)
      if (answer.kind === 'applied' && answer.item.state === 'CLAIMED' && answer.item.leaseUntil !== null)
        held.set(answer.item.key, answer.item.leaseUntil);
    return written;
  };

  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    timer?.cancel();
    timer = undefined;
    if (batch.length === 0) return;
    applyAll(batch.map(({ write }) => write)).then(
      (written) =>
        batch.forEach(({ answer }, index) =>
          answer(
            written[index] ?? {
              kind: 'unavailable',
              cause: new Error('the store answered fewer writes than it was sent'),
            },
          ),
        ),
      (thrown: unknown) => {
        for (const { fail } of batch) fail(thrown);
      },
    );
  };

  const flushSoon = (): void => {
    if (isFlushSoon) return;
    isFlushSoon = true;
    setImmediate(() => {
      isFlushSoon = false;
      flush();
    });
  };

  const mayMoreCome = ({ clock }: Gathering): boolean => {
    // Whose lease is over was left by a batch that failed.
    for (const [key, until] of held) if (until <= clock.now()) held.delete(key);
    return held.size > 0;
  };

  const enqueue = (write: LedgerWrite): Promise<LedgerWritten> =>
    new Promise((resolve, reject) => {
      // Of one key only one write may be in a call: a second one goes with the next.
      if (waiting.some((other) => other.write.key === write.key)) flush();
      waiting.push({ write, answer: resolve, fail: reject });
      held.delete(write.key);
      if (gathering === undefined || waiting.length >= enough || !mayMoreCome(gathering)) flushSoon();
      else if (timer === undefined) {
        timer = gathering.clock.timer(gathering.forMs);
        void timer.elapsed.then(flush);
      }
    });

  return {
    read: (keys) => store.read(keys),
    list: (filter) => store.list(filter),
    apply: (writes) => (writes.length === 1 ? Promise.all(writes.map(enqueue)) : applyAll(writes)),
  };
};
