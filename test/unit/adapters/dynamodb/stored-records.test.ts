import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecords, encodeRecords } from '../../../../lib/adapters/dynamodb/stored-records.ts';
import type { StoredRecord } from '../../../../lib/core/ledger/item.ts';

const binaryText = fc.uint8Array({ maxLength: 400 }).map((bytes) => String.fromCharCode(...bytes));
const recordOf: fc.Arbitrary<StoredRecord> = fc.record({
  topic: fc.string({ unit: 'grapheme' }),
  key: fc.option(binaryText),
  value: fc.option(binaryText),
  headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), binaryText), { maxLength: 6 }),
});

/** As sizes are bounded in core: what the records hold, and a little for each part of them. */
const rawBytes = ({ topic, key, value, headers }: StoredRecord): number =>
  Buffer.byteLength(topic) +
  (key?.length ?? 0) +
  (value?.length ?? 0) +
  headers.reduce((sum, [name, content]) => sum + Buffer.byteLength(name) + content.length + 8, 14);

describe('stored records', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(recordOf, { maxLength: 4 }), (records) => {
        expect(decodeRecords(encodeRecords(records))).toEqual(records);
      }),
    );
  });

  it('are never larger than what they hold, and a little', () => {
    fc.assert(
      fc.property(fc.array(recordOf, { maxLength: 4 }), (records) => {
        const raw = records.reduce((sum, record) => sum + rawBytes(record), 1);
        expect(encodeRecords(records).length).toBeLessThanOrEqual(raw);
      }),
    );
  });

  it('of a pipeline shrink to less than half', () => {
    const record: StoredRecord = {
      topic: 'prod.plant.rule.decision',
      key: 'a',
      value: '{"score":0.25,"warn":false}',
      headers: [
        ['ce_specversion', '1.0'],
        ['ce_id', '6:/plant2:e14:read1:0'],
        ['ce_source', '/freshet/rule/inference'],
        ['ce_type', 'decision'],
        ['ce_time', '2026-03-01T12:00:00.000Z'],
        ['content-type', 'application/json'],
        ['ce_correlationid', '/plant#e1'],
        ['ce_causationid', '/freshet/rule/features#6:/plant2:e14:read1:0'],
        ['ce_origintime', '2026-03-01T11:59:59.500Z'],
        ['ce_originappend', '2026-03-01T11:59:59.550Z'],
        ['ce_expirytime', '2026-03-01T12:01:00.000Z'],
      ],
    };
    expect(encodeRecords([record]).length).toBeLessThan(rawBytes(record) / 2);
  });

  it('of a form that is not known are refused', () => {
    expect(() => decodeRecords(Buffer.of(9, 1, 2))).toThrow('form 9');
  });

  it('written by the first version are read by every later one', () => {
    const bytes = Buffer.from('AAAAAAF0AAAAAWv/////AAEAAAABaAAAAAL/AA==', 'base64');
    expect(decodeRecords(bytes)).toEqual([
      { topic: 't', key: 'k', value: null, headers: [['h', '\u00ff\u0000']] },
    ]);
  });
});
