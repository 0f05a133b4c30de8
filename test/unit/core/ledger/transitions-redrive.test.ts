import { describe, expect, it } from 'vitest';
import type { LedgerItem } from '../../../../lib/core/ledger/item.ts';
import * as table from '../../../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { claimedItem } from '../../../support/ledger-arbitrary.ts';
import { after, claimant, letter, them } from '../../../support/ledger-samples.ts';

describe('a redrive', () => {
  const failed = claimedItem('k', {
    state: 'FAILED',
    owner: null,
    leaseUntil: null,
    emits: [],
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
    const back = after(table.putBack(them, { redrive: 1, reason: 'refused' }), after(reopen(), failed));
    expect(back).toMatchObject({
      state: 'FAILED',
      redrive: 1,
      emits: [],
      letter,
      reason: 'refused',
      revision: 2,
      expiresAt: null,
    });
    expect(table.holds(reopen().when, back)).toBe(true);
  });
});
