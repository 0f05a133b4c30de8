import { createRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inBatches, loneBatchBytes, messageOf } from '../../../../lib/adapters/kafka/batches.ts';
import type { OutputRecord } from '../../../../lib/core/record.ts';
import { unicodeText } from '../../../support/unicode-text.ts';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: 'max' });

const record: fc.Arbitrary<OutputRecord> = fc.record({
  topic: fc.constant('orders'),
  key: fc.option(bytes(200)),
  value: fc.option(bytes(20_000)),
  headers: fc.array(fc.record({ name: unicodeText({ maxLength: 90 }), value: bytes(200) }), {
    maxLength: 5,
  }),
});

/** What the broker counts: the batch as it is sent. */
const encodedBytes = (records: readonly OutputRecord[]): number =>
  createRecordsBatch(records.map((each) => messageOf(each, 0, 1_800_000_000_000n))).length;

describe('the size of a batch', () => {
  it('with one record is known to the byte', () => {
    fc.assert(
      fc.property(record, (one) => {
        expect(loneBatchBytes(one)).toBe(encodedBytes([one]));
      }),
    );
  });

  it('is at the limit at most, and one record more would be above it', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 300 }),
        fc.integer({ min: 100, max: 60_000 }),
        (records, limitBytes) => {
          const batches = inBatches(
            records.map((each) => ({ record: each })),
            limitBytes,
          ).map((batch) => batch.map((item) => item.record));
          expect(batches.flat()).toEqual(records);
          const several = batches.filter(({ length }) => length > 1);
          expect(several.filter((batch) => encodedBytes(batch) > limitBytes)).toEqual([]);
          const extended = batches
            .slice(0, -1)
            .map((batch, index) => [...batch, ...(batches[index + 1] ?? []).slice(0, 1)]);
          expect(extended.filter((batch) => encodedBytes(batch) <= limitBytes)).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });
});
