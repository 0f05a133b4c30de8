import { describe, expect, it } from 'vitest';
import { coalescingLedger } from '../../../lib/adapters/coalescing-ledger.ts';
import { arm, claim, complete } from '../../../lib/core/ledger/transitions.ts';
import type { LedgerStore, LedgerWrite } from '../../../lib/core/ports/stores.ts';
import { claimedItem } from '../../support/ledger-arbitrary.ts';
import { MemoryLedger } from '../../support/memory-ports.ts';

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
