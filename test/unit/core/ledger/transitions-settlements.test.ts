import { describe, expect, it } from 'vitest';
import * as table from '../../../../lib/core/ledger/transitions.ts';
import { claimedItem, storedRecord } from '../../../support/ledger-arbitrary.ts';
import { after, letter, lettered, settled, us } from '../../../support/ledger-samples.ts';

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
      emits: [],
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
      emits: [],
      letter,
      reason: 'unknown-outcome',
      expiresAt: null,
      maybeSent: true,
    });
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
