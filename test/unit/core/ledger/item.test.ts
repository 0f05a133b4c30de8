import { describe, expect, it } from 'vitest';
import { emittedBy, type LedgerItem } from '../../../../lib/core/ledger/item.ts';
import { claimedItem, storedRecord } from '../../../support/ledger-arbitrary.ts';
import { letter } from '../../../support/ledger-samples.ts';

describe('what every delivery emits again', () => {
  const item = (state: LedgerItem['state']): LedgerItem =>
    claimedItem('k', { state, owner: null, leaseUntil: null, letter, emits: [storedRecord('outcome')] });

  it.each(['FAILED', 'IN_DOUBT'] as const)('of an item that is %s begins with its letter', (state) => {
    expect(emittedBy(item(state))).toEqual([letter, storedRecord('outcome')]);
  });

  it.each(['DONE', 'SUPPRESSED'] as const)(
    'of an item that is %s has no letter of a failure before',
    (state) => {
      expect(emittedBy(item(state))).toEqual([storedRecord('outcome')]);
    },
  );
});
