import { describe, expect, it } from 'vitest';
import { isSettledState, type LedgerItem, type LedgerState } from '../../../../lib/core/ledger/item.ts';
import * as table from '../../../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { claimedItem } from '../../../support/ledger-arbitrary.ts';
import { after, claimant, letter, lettered, settled, them, us } from '../../../support/ledger-samples.ts';

/** Every kind of item that the table's left column can tell apart. */
const items = {
  absent: undefined,
  'CLAIMED by us': claimedItem('k'),
  'CLAIMED by us, armed': claimedItem('k', { armedBy: us }),
  'CLAIMED by us, armed by an owner before': claimedItem('k', { armedBy: 'owner-0' }),
  'CLAIMED by them': claimedItem('k', { owner: them }),
  RELEASED: claimedItem('k', { state: 'RELEASED', owner: null, leaseUntil: null }),
  'RELEASED, once armed by us': claimedItem('k', {
    state: 'RELEASED',
    owner: null,
    leaseUntil: null,
    armedBy: us,
  }),
  DONE: claimedItem('k', { state: 'DONE', owner: null, leaseUntil: null, revision: 1 }),
  SUPPRESSED: claimedItem('k', { state: 'SUPPRESSED', owner: null, leaseUntil: null, revision: 1 }),
  'FAILED(0)': claimedItem('k', { state: 'FAILED', owner: null, leaseUntil: null, letter, revision: 1 }),
  'FAILED(2)': claimedItem('k', { state: 'FAILED', owner: null, leaseUntil: null, letter, redrive: 2 }),
  'IN_DOUBT, revision 1': claimedItem('k', { state: 'IN_DOUBT', owner: null, leaseUntil: null, revision: 1 }),
  'IN_DOUBT, revision 4': claimedItem('k', { state: 'IN_DOUBT', owner: null, leaseUntil: null, revision: 4 }),
} satisfies Readonly<Record<string, LedgerItem | undefined>>;

type ItemName = keyof typeof items;

const transitions = {
  claim: table.claim(claimedItem('k', { owner: them })),
  reclaim: table.reclaim(claimant),
  takeOver: table.takeOver({ owner: us, alone: false }, claimant, false),
  abandon: table.abandon({ owner: us }, lettered),
  arm: table.arm(us),
  complete: table.complete(us, settled),
  suppress: table.suppress(us, { ...settled, reason: 'below-threshold' }),
  putBack: table.putBack(us, { redrive: 0, reason: 'refused' }),
  release: table.release(us, { failedAttempt: false, maybeSent: false }),
  fail: table.fail(us, { letter, reason: 'refused' }),
  doubt: table.doubt(us, lettered),
  reopen: table.reopen({ redrive: 0 }, claimant, {
    now: epochMsOf(5_000),
    pastDeadline: false,
    work: undefined,
  }),
  addEvidence: table.addEvidence('late answer: done'),
  resolve: table.resolve({ revision: 1 }, 'DONE', { ...settled, evidence: 'asked the bank' }),
} satisfies Readonly<Record<table.TransitionName, table.Transition>>;

const ours: readonly ItemName[] = [
  'CLAIMED by us',
  'CLAIMED by us, armed',
  'CLAIMED by us, armed by an owner before',
];

/**
 * The state table: per transition, the items it may be made from and the state it leads to. Everything that is not listed is
 * refused and changes nothing.
 */
const allowed: Readonly<
  Record<table.TransitionName, { readonly from: readonly ItemName[]; readonly to: LedgerState }>
> = {
  claim: { from: ['absent'], to: 'CLAIMED' },
  reclaim: { from: ['RELEASED', 'RELEASED, once armed by us'], to: 'CLAIMED' },
  // Not of an owner that armed: its request may be out, or go out at this moment.
  takeOver: { from: ['CLAIMED by us', 'CLAIMED by us, armed by an owner before'], to: 'CLAIMED' },
  abandon: { from: ours, to: 'IN_DOUBT' },
  arm: { from: ours, to: 'CLAIMED' },
  complete: { from: ours, to: 'DONE' },
  suppress: { from: ours, to: 'SUPPRESSED' },
  putBack: { from: ours, to: 'FAILED' },
  release: { from: ours, to: 'RELEASED' },
  fail: { from: ours, to: 'FAILED' },
  doubt: { from: ours, to: 'IN_DOUBT' },
  reopen: { from: ['FAILED(0)'], to: 'CLAIMED' },
  addEvidence: { from: ['IN_DOUBT, revision 1', 'IN_DOUBT, revision 4'], to: 'IN_DOUBT' },
  resolve: { from: ['IN_DOUBT, revision 1'], to: 'DONE' },
};

const names = Object.keys(transitions) as table.TransitionName[];
const itemNames = Object.keys(items) as ItemName[];

describe('the state table', () => {
  describe.each(names)('%s', (name) => {
    it.each(itemNames)('of an item that is %s', (from) => {
      const next = table.transitioned(transitions[name], items[from]);
      expect(next?.state).toBe(allowed[name].from.includes(from) ? allowed[name].to : undefined);
      expect(table.holds(transitions[name].when, items[from])).toBe(next !== undefined);
    });

    it('bears its own name, and never changes the key', () => {
      expect(transitions[name].name).toBe(name);
      for (const from of allowed[name].from) expect(after(transitions[name], items[from]).key).toBe('k');
    });
  });

  it('leaves an owner and a lease only to what is CLAIMED', () => {
    for (const name of names)
      for (const from of allowed[name].from) {
        const next = after(transitions[name], items[from]);
        expect([next.owner !== null, next.leaseUntil !== null]).toEqual(
          next.state === 'CLAIMED' ? [true, true] : [false, false],
        );
      }
  });

  it('counts a revision for each settlement, and for nothing else', () => {
    const settlements: readonly table.TransitionName[] = [
      'abandon',
      'complete',
      'suppress',
      'fail',
      'doubt',
      'resolve',
    ];
    for (const name of names)
      for (const from of allowed[name].from) {
        const before = items[from]?.revision ?? 0;
        expect([name, after(transitions[name], items[from]).revision - before]).toEqual([
          name,
          settlements.includes(name) ? 1 : 0,
        ]);
      }
  });

  it('answers for itself in every state but CLAIMED and RELEASED', () => {
    const states: readonly LedgerState[] = [
      'CLAIMED',
      'RELEASED',
      'DONE',
      'SUPPRESSED',
      'FAILED',
      'IN_DOUBT',
    ];
    expect(states.filter(isSettledState)).toEqual(['DONE', 'SUPPRESSED', 'FAILED', 'IN_DOUBT']);
  });
});
