import { describe, expect, it } from 'vitest';
import type { LedgerItem, LedgerState } from '../../../../lib/core/ledger/item.ts';
import { isSettledState } from '../../../../lib/core/ledger/item.ts';
import * as table from '../../../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { claimedItem, storedRecord } from '../../../support/ledger-arbitrary.ts';

const us = 'owner-1';
const them = 'owner-2';
const claimant = { owner: them, leaseUntil: epochMsOf(60_000) };
const letter = storedRecord('letter');
const settled = { emits: [storedRecord('result')], expiresAt: epochMsOf(90_000) };
const lettered = { emits: [letter], expiresAt: null, letter, reason: 'unknown-outcome' };

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
  putBack: table.putBack(us, { redrive: 0, letter, reason: 'refused' }),
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

/** The item after a transition that must be allowed. */
const after = (transition: table.Transition, item: LedgerItem | undefined): LedgerItem => {
  const next = table.transitioned(transition, item);
  if (!next) throw new Error(`${transition.name} was refused`);
  return next;
};

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

describe('claim and reclaim', () => {
  it('puts the item as it is', () => {
    const item = claimedItem('k');
    expect(after(table.claim(item), undefined)).toEqual(item);
  });

  it('takes a released claim with all it knows, beside others again', () => {
    const released = claimedItem('k', {
      state: 'RELEASED',
      owner: null,
      leaseUntil: null,
      alone: true,
      attempts: 3,
      maybeSent: true,
      armedBy: us,
    });
    expect(after(table.reclaim(claimant), released)).toEqual({
      ...released,
      ...claimant,
      state: 'CLAIMED',
      alone: false,
    });
  });
});

describe('takeOver', () => {
  it('runs alone, and of the first expired claim counts no attempt: a neighbour may have killed the worker', () => {
    const item = claimedItem('k', { attempts: 1 });
    expect(after(table.takeOver({ owner: us, alone: false }, claimant, false), item)).toEqual({
      ...item,
      ...claimant,
      alone: true,
    });
  });

  it('counts an expired claim that ran alone as a failed attempt', () => {
    const item = claimedItem('k', { attempts: 1, alone: true });
    expect(after(table.takeOver({ owner: us, alone: true }, claimant, false), item)).toMatchObject({
      attempts: 2,
      alone: true,
      owner: them,
    });
  });

  it('keeps in mind that the owner before may have sent, and never forgets it', () => {
    const takeOver = (maybeSent: boolean, item: LedgerItem): boolean =>
      after(table.takeOver({ owner: us, alone: false }, claimant, maybeSent), item).maybeSent;
    expect(takeOver(true, claimedItem('k'))).toBe(true);
    expect(takeOver(false, claimedItem('k'))).toBe(false);
    expect(takeOver(false, claimedItem('k', { maybeSent: true }))).toBe(true);
  });

  it('is refused where the owner armed since it was read: it may be sending at this moment', () => {
    const read = claimedItem('k');
    const armedSince = after(table.arm(us), read);
    expect(table.transitioned(table.takeOver({ owner: us, alone: false }, claimant, false), armedSince)).toBe(
      undefined,
    );
  });
});

describe('release', () => {
  const item = claimedItem('k', {
    alone: true,
    armedBy: us,
    attempts: 2,
    evidence: ['503'],
    redrive: 1,
    letter,
  });

  it('clears owner and lease only', () => {
    expect(after(table.release(us, { failedAttempt: false, maybeSent: false }), item)).toEqual({
      ...item,
      state: 'RELEASED',
      owner: null,
      leaseUntil: null,
    });
  });

  it('counts a failed attempt', () => {
    expect(after(table.release(us, { failedAttempt: true, maybeSent: false }), item).attempts).toBe(3);
  });

  it('remembers that a request may be out, and never forgets it', () => {
    const sent = after(table.release(us, { failedAttempt: true, maybeSent: true }), item);
    expect(sent.maybeSent).toBe(true);
    const again = after(table.reclaim({ ...claimant, owner: us }), sent);
    expect(after(table.release(us, { failedAttempt: true, maybeSent: false }), again).maybeSent).toBe(true);
  });
});

describe('settlements', () => {
  it('completes: result, time to live, evidence; the letter of a failure before is gone', () => {
    const item = claimedItem('k', { letter, reason: 'refused', redrive: 1, evidence: ['503'], armedBy: us });
    expect(after(table.complete(us, { ...settled, evidence: '201' }), item)).toEqual({
      ...item,
      ...settled,
      state: 'DONE',
      owner: null,
      leaseUntil: null,
      armedBy: null,
      letter: null,
      reason: null,
      evidence: ['503', '201'],
      revision: 1,
    });
  });

  it('fails with its letter, without a time to live', () => {
    expect(after(table.fail(us, { letter, reason: 'refused' }), claimedItem('k'))).toMatchObject({
      state: 'FAILED',
      emits: [letter],
      letter,
      reason: 'refused',
      expiresAt: null,
      redrive: 0,
    });
  });

  it.each([
    ['doubt', table.doubt(us, lettered)],
    ['abandon', table.abandon({ owner: us }, lettered)],
  ])('%s keeps the letter and may have been sent, without a time to live', (_, transition) => {
    expect(after(transition, claimedItem('k'))).toMatchObject({
      state: 'IN_DOUBT',
      emits: [letter],
      letter,
      reason: 'unknown-outcome',
      expiresAt: null,
      maybeSent: true,
    });
  });
});

describe('a redrive', () => {
  const failed = claimedItem('k', {
    state: 'FAILED',
    owner: null,
    leaseUntil: null,
    emits: [letter],
    letter,
    reason: 'refused',
    attempts: 5,
    redrive: 1,
    revision: 2,
    expiresAt: null,
    evidence: ['400'],
  });
  const reopen = (work?: LedgerItem['work']): table.Transition =>
    table.reopen({ redrive: 1 }, claimant, { now: epochMsOf(7_000), pastDeadline: true, work });

  it('begins anew and keeps letter, request and revision', () => {
    expect(after(reopen(), failed)).toEqual({
      ...failed,
      ...claimant,
      state: 'CLAIMED',
      redrive: 2,
      pastDeadline: true,
      firstAttempt: 7_000,
      attempts: 0,
      emits: [],
    });
  });

  it('takes the work of today only where it is given', () => {
    expect(after(reopen({ kind: 'run', request: '{}' }), failed).work).toEqual({
      kind: 'run',
      request: '{}',
    });
  });

  it('is put back as it was by a gate that says no', () => {
    const back = after(
      table.putBack(them, { redrive: 1, letter, reason: 'refused' }),
      after(reopen(), failed),
    );
    expect(back).toMatchObject({
      state: 'FAILED',
      redrive: 1,
      emits: [letter],
      letter,
      reason: 'refused',
      revision: 2,
      expiresAt: null,
    });
    expect(table.holds(reopen().when, back)).toBe(true);
  });
});

describe('an effect in doubt', () => {
  const inDoubt = after(table.doubt(us, lettered), claimedItem('k', { redrive: 1 }));

  it('keeps what its sender learns late, and nothing else changes', () => {
    expect(after(table.addEvidence('201'), inDoubt)).toEqual({ ...inDoubt, evidence: ['201'] });
  });

  it.each(['DONE', 'FAILED'] as const)('is resolved to %s by who has seen its revision', (to) => {
    const resolution = { emits: [storedRecord('outcome')], expiresAt: null, evidence: 'asked the bank' };
    expect(after(table.resolve(inDoubt, to, resolution), inDoubt)).toMatchObject({
      state: to,
      emits: resolution.emits,
      revision: 2,
      redrive: 1,
      maybeSent: false,
      evidence: ['asked the bank'],
    });
    expect(table.transitioned(table.resolve({ revision: 0 }, to, resolution), inDoubt)).toBe(undefined);
  });
});
