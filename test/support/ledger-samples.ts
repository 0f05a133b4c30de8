import type { LedgerItem } from '../../lib/core/ledger/item.ts';
import { transitioned, type Transition } from '../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { storedRecord } from './ledger-arbitrary.ts';

export const us = 'owner-1';
export const them = 'owner-2';
export const claimant = { owner: them, leaseUntil: epochMsOf(60_000) };

export const letter = storedRecord('letter');
export const settled = { emits: [storedRecord('result')], expiresAt: epochMsOf(90_000) };
export const lettered = { letter, reason: 'unknown-outcome' };

/** The item after a transition that must be allowed. */
export const after = (transition: Transition, item: LedgerItem | undefined): LedgerItem => {
  const next = transitioned(transition, item);
  if (!next) throw new Error(`${transition.name} was refused`);
  return next;
};
