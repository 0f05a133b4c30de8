import { describe, expect, it } from 'vitest';
import { outputOf, storedRecord } from '../../../../lib/core/ledger/stored-record.ts';

/** Every byte there is, over and over. */
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) % 256);

describe('a stored record', () => {
  it.each([0, 1, 8_191, 8_192, 8_193, 20_000])('gives back %i bytes as they were', (length) => {
    const record = {
      topic: 'prod.plant.rule.decision',
      key: bytes(length),
      value: bytes(length),
      headers: [{ name: 'ce_id', value: bytes(length) }],
    };
    expect(storedRecord(record).value).toHaveLength(length);
    expect(outputOf(storedRecord(record))).toEqual(record);
  });

  it('knows no value from an empty one', () => {
    const tombstone = { topic: 't', key: null, value: null, headers: [] };
    expect(outputOf(storedRecord(tombstone))).toEqual(tombstone);
  });
});
