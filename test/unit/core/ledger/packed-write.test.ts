import { describe, expect, it } from 'vitest';
import { packedWrite } from '../../../../lib/core/ledger/packed-write.ts';
import { complete } from '../../../../lib/core/ledger/transitions.ts';
import type { StoredRecord } from '../../../../lib/core/ledger/item.ts';
import { storedRecord } from '../../../support/ledger-arbitrary.ts';
import { settled, us } from '../../../support/ledger-samples.ts';

const away: StoredRecord = {
  topic: 'results',
  key: null,
  value: null,
  headers: [],
  payload: { key: 'tiny/action/k/d', bytes: 500_000, sha256: '0123456789abcdef'.repeat(4) },
};

const emitsOf = (emits: readonly StoredRecord[], emitsBytes: number) => {
  const transition = complete(us, { ...settled, emits });
  const { write, payloads } = packedWrite(
    { key: 'k', transition },
    { prefix: 'tiny/action', limits: { requestBytes: 1_000, emitsBytes } },
  );
  const { then } = write.transition;
  return { emits: ('put' in then ? then.put : then.set).emits, payloads };
};

describe('a write with more than its item holds', () => {
  it('points to its records, each an object', () => {
    const { emits, payloads } = emitsOf([storedRecord('one'), storedRecord('two')], 0);
    expect(emits).toMatchObject([{ value: null }, { value: null }]);
    expect(emits?.map(({ payload }) => payload)).toEqual(payloads.map(({ pointer }) => pointer));
  });

  it('leaves them where there is room', () => {
    const records = [storedRecord('one')];
    expect(emitsOf(records, 10_000)).toEqual({ emits: records, payloads: [] });
  });

  it('keeps the pointer of a record that lies elsewhere already', () => {
    const { emits, payloads } = emitsOf([away, storedRecord('one')], 0);
    expect(emits?.[0]).toEqual(away);
    expect(payloads).toHaveLength(1);
  });
});
