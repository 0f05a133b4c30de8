import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesOf, itemOf } from '../../../../lib/adapters/dynamodb/ledger-item.ts';
import { claim, transitioned } from '../../../../lib/core/ledger/transitions.ts';
import type { LedgerItem } from '../../../../lib/core/ledger/item.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { decision, vector } from '../../../support/stage-records.ts';
import { claimedItem, storedRecord, transitionOn } from '../../../support/ledger-arbitrary.ts';

const stored = (item: LedgerItem): Readonly<Record<string, AttributeValue>> => ({
  key: { S: item.key },
  ...Object.fromEntries(attributesOf(item)),
});

/** Bytes of an item as DynamoDB counts them. @see Amazon DynamoDB developer guide, "Item sizes and formats" */
const sizeOf = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.B !== undefined) return value.B.length;
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.L !== undefined) return value.L.reduce((sum, one) => sum + sizeOf(one) + 1, 3);
  return 1;
};
const itemBytes = (item: LedgerItem): number =>
  Object.entries(stored(item)).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value),
    0,
  );

describe('an item as attributes', () => {
  it('comes back as it was, in every state', () => {
    fc.assert(
      fc.property(fc.array(transitionOn('k'), { maxLength: 12 }), (transitions) => {
        const item = [claim(claimedItem('k')), ...transitions].reduce<LedgerItem | undefined>(
          (before, transition) => transitioned(transition, before) ?? before,
          undefined,
        );
        expect(item && itemOf(stored(item))).toEqual(item);
      }),
    );
  });

  it('keeps where its request and what it emits lie, and that it has neither', () => {
    const payload = { key: 'tiny/action/k/d', bytes: 500_000, sha256: '0123456789abcdef'.repeat(4) };
    const item = claimedItem('k', {
      work: { kind: 'run', request: '', payload },
      emits: [{ topic: 't', key: null, value: null, headers: [], payload }, storedRecord('beside it')],
    });
    expect(itemOf(stored(item))).toEqual(item);
  });

  it('has what conditions compare always, and what has its usual value never', () => {
    const attributes = attributesOf(claimedItem('k', { owner: null, work: { kind: 'run', request: '' } }));
    for (const name of ['state', 'owner', 'armedBy', 'redrive', 'revision'] as const)
      expect(attributes.has(name)).toBe(true);
    for (const name of [
      'alone',
      'maybeSent',
      'attempts',
      'work',
      'emits',
      'letter',
      'expiresAt',
      'listed',
    ] as const)
      expect(attributes.has(name)).toBe(false);
  });

  it('expires after its time and never before, in whole seconds', () => {
    const item = claimedItem('k', { expiresAt: 1_500_000_000_001 as LedgerItem['expiresAt'] });
    expect(stored(item)['expiresAt']).toEqual({ N: '1500000001' });
  });

  it.each(['FAILED', 'IN_DOUBT'] as const)('is listed while it is %s', (state) => {
    expect(attributesOf(claimedItem('k', { state })).get('listed')).toEqual({ S: state });
  });
});

describe('the size of an item', () => {
  it('of a decision made, and of an effect done, is one write unit', async () => {
    const bench = new StageBench();
    await bench.inference([vector(1)]);
    const claims = itemBytes(bench.ledger.only);
    const acting = new StageBench();
    await acting.action([decision(1)]);
    expect([claims, itemBytes(acting.ledger.only)].map((bytes) => Math.ceil(bytes / 1_024))).toEqual([1, 1]);
  });

  it('of the largest effect, in any state, is below 400 KB', async () => {
    const bench = new StageBench();
    // Text that no compression makes smaller.
    const noise = Buffer.from(Array.from({ length: 670_000 }, (_, index) => (index * 7_919) % 251)).toString(
      'hex',
    );
    bench.request = () => ({ bell: noise.slice(0, 179_000) });
    bench.answer = () => ({ kind: 'refused', detail: noise.slice(0, 5_000) });
    await bench.action([decision(1, { body: { warn: true, note: noise.slice(0, 900_000) } })]);
    expect(bench.ledger.only.state).toBe('FAILED');
    expect(itemBytes(bench.ledger.only)).toBeLessThan(400 * 1_024);
  });
});
