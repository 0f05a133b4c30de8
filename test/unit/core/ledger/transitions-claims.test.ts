import { describe, expect, it } from 'vitest';
import type { LedgerItem } from '../../../../lib/core/ledger/item.ts';
import * as table from '../../../../lib/core/ledger/transitions.ts';
import { claimedItem } from '../../../support/ledger-arbitrary.ts';
import { after, claimant, letter, them, us } from '../../../support/ledger-samples.ts';

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
