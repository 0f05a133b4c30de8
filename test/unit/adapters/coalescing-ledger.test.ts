import { describe, expect, it } from 'vitest';
import { coalescingLedger } from '../../../lib/adapters/coalescing-ledger.ts';
import { arm, claim, complete } from '../../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import type { Clock } from '../../../lib/core/ports/clock.ts';
import type { LedgerStore, LedgerWrite } from '../../../lib/core/ports/stores.ts';
import { claimedItem } from '../../support/ledger-arbitrary.ts';
import { MemoryLedger } from '../../support/memory-ports.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const claimOf = (key: string): LedgerWrite => ({ key, transition: claim(claimedItem(key)) });
const settled = { emits: [], expiresAt: null };

describe('a ledger that gathers', () => {
  it('makes one call of the single writes of one turn, each with its own answer', async () => {
    const store = new MemoryLedger();
    store.only = claimedItem('b', { owner: 'other' });
    const ledger = coalescingLedger(store);
    const answers = await Promise.all(['a', 'b', 'c'].map((key) => ledger.apply([claimOf(key)])));
    expect(store.calls).toEqual([['claim', 'claim', 'claim']]);
    expect(answers.map(([answer]) => answer?.kind)).toEqual(['applied', 'refused', 'applied']);
    expect(answers[2]).toEqual([{ kind: 'applied', item: claimedItem('c') }]);
  });

  it('gathers what a turn adds after waiting, and begins anew with the next', async () => {
    const store = new MemoryLedger();
    const ledger = coalescingLedger(store);
    const first = ledger.apply([claimOf('a')]);
    await Promise.resolve();
    await Promise.all([first, ledger.apply([claimOf('b')])]);
    await ledger.apply([claimOf('c')]);
    expect(store.calls).toEqual([['claim', 'claim'], ['claim']]);
  });

  it('never has two writes of one key in one call, and keeps their order', async () => {
    const store = new MemoryLedger();
    const ledger = coalescingLedger(store);
    const answers = await Promise.all([
      ledger.apply([claimOf('a')]),
      ledger.apply([claimOf('b')]),
      ledger.apply([{ key: 'a', transition: arm('owner-1') }]),
      ledger.apply([{ key: 'a', transition: complete('owner-1', settled) }]),
    ]);
    expect(store.calls).toEqual([['claim', 'claim'], ['arm'], ['complete']]);
    expect(answers.map(([answer]) => answer?.kind)).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(store.items.get('a')?.state).toBe('DONE');
  });

  it('passes on what comes together, and nothing, as it is', async () => {
    const store = new MemoryLedger();
    const ledger = coalescingLedger(store);
    expect(await ledger.apply([claimOf('a'), claimOf('b')])).toHaveLength(2);
    expect(await ledger.apply([])).toEqual([]);
    expect(store.calls).toEqual([['claim', 'claim'], []]);
  });

  it('tells each write that it has no answer where the store gives too few', async () => {
    const store: LedgerStore = {
      read: async () => [],
      list: async () => [],
      apply: async () => [{ kind: 'applied', item: claimedItem('a') }],
    };
    const ledger = coalescingLedger(store);
    const answers = await Promise.all([ledger.apply([claimOf('a')]), ledger.apply([claimOf('b')])]);
    expect(answers.map(([answer]) => answer?.kind)).toEqual(['applied', 'unavailable']);
  });

  it('fails each write where the call fails, and goes on', async () => {
    const store = new MemoryLedger();
    const broken = new Error('the state table is broken');
    let isBroken = true;
    const ledger = coalescingLedger({
      read: (keys) => store.read(keys),
      list: () => store.list(),
      apply: (writes) => (isBroken ? Promise.reject(broken) : store.apply(writes)),
    });
    const answers = await Promise.allSettled(['a', 'b'].map((key) => ledger.apply([claimOf(key)])));
    expect(answers).toEqual([
      { status: 'rejected', reason: broken },
      { status: 'rejected', reason: broken },
    ]);
    isBroken = false;
    expect(await ledger.apply([claimOf('a')])).toMatchObject([{ kind: 'applied' }]);
  });

  it('reads and lists through the store', async () => {
    const store = new MemoryLedger();
    store.only = claimedItem('a');
    const ledger = coalescingLedger(store);
    expect(await ledger.read(['a', 'b'])).toEqual([
      { kind: 'read', value: claimedItem('a') },
      { kind: 'read', value: undefined },
    ]);
    expect(await ledger.list({ states: ['CLAIMED'], limit: 9 })).toEqual([claimedItem('a')]);
  });
});

describe('a ledger that gathers for a while', () => {
  const forMs = 10;

  /** Whoever waits on it waits for good. */
  const stoppedClock: Clock = {
    now: () => epochMsOf(0),
    timer: () => ({ elapsed: new Promise(() => {}), cancel: () => {} }),
  };

  /** Claims of one batch, all held by it. */
  const claimed = async (keys: readonly string[], clock: Clock) => {
    const store = new MemoryLedger();
    const ledger = coalescingLedger(store, { clock, forMs });
    await ledger.apply(keys.map(claimOf));
    store.calls.length = 0;
    const finish = async (key: string): Promise<void> => {
      const [answer] = await ledger.apply([{ key, transition: complete('owner-1', settled) }]);
      expect(answer?.kind).toBe('applied');
    };
    return { store, ledger, finish };
  };

  const keysOf = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => `${index}`);

  it('makes few calls of writes that come one by one', async () => {
    const clock = new VirtualClock(epochMsOf(0));
    const { store, finish } = await claimed(keysOf(100), clock);
    await Promise.all(
      keysOf(100).map(async (key, index) => {
        // As a hosted model's answers come.
        await clock.timer(3 * (index + 1)).elapsed;
        await finish(key);
      }),
    );
    expect(store.calls.flat()).toHaveLength(100);
    expect(store.calls.length).toBeLessThanOrEqual(34);
  });

  it('does not wait where all come in one turn, nor for one alone', async () => {
    for (const count of [1, 10, 100]) {
      const { store, finish } = await claimed(keysOf(count), stoppedClock);
      await Promise.all(keysOf(count).map(finish));
      expect(store.calls.map((call) => call.length)).toEqual([count]);
    }
  });

  it('does not wait for more than fit in one call', async () => {
    const { store, finish } = await claimed(keysOf(30), stoppedClock);
    await Promise.all(keysOf(25).map(finish));
    expect(store.calls.map((call) => call.length)).toEqual([25]);
  });

  it('does not wait for claims that a batch left behind', async () => {
    let now = epochMsOf(0);
    const { store, finish } = await claimed(['left', 'a'], { ...stoppedClock, now: () => now });
    now = claimedItem('left').leaseUntil ?? now;
    await finish('a');
    expect(store.calls).toEqual([['complete']]);
  });

  it('waits for others that are worked on, and no longer', async () => {
    const clock = new VirtualClock(epochMsOf(0));
    const { store, finish } = await claimed(['a', 'b', 'c'], clock);
    await finish('a');
    await finish('b');
    await finish('c');
    expect(store.calls).toEqual([['complete'], ['complete'], ['complete']]);
    expect(clock.waits).toEqual([forMs, forMs]);
  });
});
