import { describe, expect, it } from 'vitest';
import { compiledValidators } from '../../../../lib/adapters/schemas/compiled-validators.ts';
import { jsonValue } from '../../../../lib/adapters/wire/json-values.ts';
import type { Arrival } from '../../../../lib/core/batch/arrival.ts';
import { decodeChained, decodeSource, entityOf, type Decoded } from '../../../../lib/core/batch/decode.ts';
import type { ResolvedSource } from '../../../../lib/core/contract/resolved.ts';
import type { Validator } from '../../../../lib/core/ports/stage-ports.ts';
import { digestOf } from '../../../../lib/core/digest.ts';
import { bytesOf, textOf, type SourceRecord } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { arriving, headersOf, NOW, reading, vector } from '../../../support/stage-records.ts';
import { tinyContract } from '../../../support/tiny-contract.ts';

const contract = tinyContract();
const validators = compiledValidators(contract);

const arrivalOf = (record: SourceRecord): Arrival => ({
  record,
  at: { topic: record.topic, topicId: 'id-1', partition: record.partition, offset: record.offset },
  epoch: 0,
});

const decodeRecord = (
  record: SourceRecord,
  source: ResolvedSource,
  judges: Readonly<Record<string, Validator>>,
  value = record.value === null ? undefined : jsonValue(record.value),
): Decoded => decodeSource(arrivalOf(record), value, source, judges, 60_000);

const decode = (record: SourceRecord, different: Partial<ResolvedSource> = {}): Decoded =>
  decodeRecord(record, { ...contract.source, ...different }, validators.source);

const told = (record: SourceRecord, different: Partial<ResolvedSource> = {}): string => {
  const decoded = decode(record, different);
  switch (decoded.kind) {
    case 'event':
      return `${decoded.envelope.type} ${decoded.envelope.identity.source}#${decoded.envelope.identity.id}`;
    case 'refused':
      return decoded.reason;
    case 'ignored':
      return `ignored ${decoded.type}`;
    case 'deferred':
      return 'deferred';
  }
};

const withValue = (value: Uint8Array | null): SourceRecord => ({ ...reading(1), value });
const withData = (data: unknown): SourceRecord => withValue(bytesOf(JSON.stringify(data)));
const withHeaders = (headers: Readonly<Record<string, string>>): SourceRecord =>
  reading(1, { headers: headersOf(headers) });

const at = '2026-03-01T11:00:00+01:00';

describe('a record of a source', () => {
  it('is an event with its times, its identity and the digest of its bytes', () => {
    const record = reading(1, { at });
    expect(decode(record)).toMatchObject({
      kind: 'event',
      eventTime: NOW - 2 * 3_600_000,
      data: { sensor: 'a', at, value: 1 },
      envelope: {
        identity: { source: '/plant', id: 'e1' },
        type: 'read',
        publishedAt: NOW - 150,
        correlationId: '/plant#e1',
        origin: { time: NOW - 150, append: NOW - 100, digest: digestOf(record.value ?? '') },
        expiry: NOW - 150 + 60_000,
        sequence: undefined,
        hops: [],
        flags: [],
      },
    });
  });

  it.each<readonly [string, SourceRecord, string]>([
    ['is whole', reading(1), 'read /plant#e1'],
    ['has no value', withValue(null), 'ignored tombstone'],
    ['is no JSON', withValue(bytesOf('{"sensor":')), 'not-json'],
    ['is empty', withValue(new Uint8Array()), 'not-json'],
    ['is no UTF-8', withValue(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)), 'not-json'],
    ['is JSON of another schema', withData({ sensor: 'a', at, value: 'much' }), 'schema'],
    ['has a member too many', withData({ sensor: 'a', at, value: 1, more: 1 }), 'schema'],
    ['is JSON, but no object', withData([1]), 'schema'],
    ['has no key', { ...reading(1), key: null }, 'key-missing'],
    ['has another key than its data', { ...reading(1), key: bytesOf('b') }, 'key-mismatch'],
    ['has a key of other bytes than UTF-8', { ...reading(1), key: Uint8Array.of(0xff) }, 'key-mismatch'],
  ])('that %s', (_, record, expected) => {
    expect(told(record)).toBe(expected);
  });

  it('whose key is no text and no number in its data has another key, whatever it says of itself', () => {
    const tags = { toString: 1, valueOf: 1 };
    expect(told(withData({ sensor: 'a', at, value: 1, tags }), { key: 'tags' })).toBe('key-mismatch');
  });

  it.each(['2026-03-01T11:00:00', '2026-03-01', 'yesterday'])('whose time is "%s" has none', (time) => {
    const moved = { ...withData({ sensor: 'a', at: time }), headers: headersOf({ ce_type: 'moved' }) };
    expect(told(moved)).toBe('event-time');
  });

  it('without its time has none', () => {
    expect(told({ ...withData({ sensor: 'a' }), headers: headersOf({ ce_type: 'moved' }) })).toBe(
      'event-time',
    );
  });

  it('of an unknown type is ignored, whatever its form, or a letter, as the contract says', () => {
    const painted = { ...withHeaders({ ce_type: 'painted' }), value: bytesOf('no JSON') };
    expect(told(painted)).toBe('ignored painted');
    expect(told(painted, { unknown: 'dead-letter' })).toBe('not-json');
    expect(told(withHeaders({ ce_type: 'painted' }), { unknown: 'dead-letter' })).toBe('unknown-type');
    expect(told(withHeaders({ ce_type: '__proto__' }))).toBe('ignored __proto__');
    expect(told(withHeaders({ ce_type: 'constructor' }), { unknown: 'dead-letter' })).toBe('unknown-type');
  });

  it('whose value cannot be decoded now waits, unless its type is of no interest', () => {
    const unavailable = { kind: 'unavailable', message: 'no answer' } as const;
    const kindOf = (headers: Readonly<Record<string, string>>, different: Partial<ResolvedSource>): string =>
      decodeRecord(withHeaders(headers), { ...contract.source, ...different }, validators.source, unavailable)
        .kind;
    expect(kindOf({ ce_type: 'read' }, {})).toBe('deferred');
    expect(kindOf({}, {})).toBe('deferred');
    expect(kindOf({ ce_type: 'painted' }, { unknown: 'dead-letter' })).toBe('deferred');
    expect(kindOf({ ce_type: 'painted' }, {})).toBe('ignored');
  });

  it('without a type is never taken for one of no interest', () => {
    expect(told(withHeaders({}))).toBe('unknown-type');
  });

  it('never says in a letter what it says', () => {
    for (const record of [
      withData({ sensor: 'canary', at, value: 'canary' }),
      { ...withData({ sensor: 'canary', at, value: 1 }), key: bytesOf('canary-2') },
      withValue(bytesOf('canary')),
    ]) {
      const decoded = decode(record);
      expect(decoded.kind === 'refused' && decoded.message).not.toContain('canary');
    }
  });

  it('goes on in the correlation it came in', () => {
    const decoded = decode(withHeaders({ ce_type: 'read', ce_correlationid: 'c', ce_traceparent: 't' }));
    expect(decoded).toMatchObject({ envelope: { correlationId: 'c', trace: { traceparent: 't' } } });
  });
});

describe('the identity of a record', () => {
  const identify = { source: '/plain', id: 'order', type: 'kind', publishedAt: 'sent' };
  const plain = (data: object): SourceRecord =>
    arriving(1, { value: bytesOf(JSON.stringify(data)), headers: [] });
  const open = { unknown: 'ignore' as const, identify };
  const anything = { read: () => [], moved: () => [] };

  it('is its coordinates at last, by the topic’s id', () => {
    expect(told(withHeaders({ ce_type: 'read' }))).toBe('read /kafka/id-1/0#1');
    expect(told(withHeaders({ ce_type: 'read', ce_id: 'e1' }))).toBe('read /kafka/id-1/0#1');
  });

  it('of plain JSON is where the contract says', () => {
    const decoded = decodeRecord(
      plain({ sensor: 'a', at, kind: 'moved', order: 42, sent: '2026-03-01T11:59:00Z' }),
      { ...contract.source, ...open },
      anything,
    );
    expect(decoded).toMatchObject({
      kind: 'event',
      envelope: { identity: { source: '/plain', id: '42' }, type: 'moved', publishedAt: NOW - 60_000 },
    });
  });

  it('of plain JSON is the same here as in the headers and stores that it is written to', () => {
    const half = {
      ...plain({}),
      value: bytesOf(`{"sensor":"a","at":"${at}","kind":"read","order":"\\ud800"}`),
    };
    const decoded = decodeRecord(half, { ...contract.source, ...open }, anything);
    const id = decoded.kind === 'event' ? decoded.envelope.identity.id : '';
    expect(textOf(bytesOf(id))).toBe(id);
    expect(encodeURIComponent(id)).toBe('%EF%BF%BD');
  });

  it('of plain JSON is the first type of the contract where the mapping names none', () => {
    const { type: _, ...untyped } = identify;
    const decoded = decodeRecord(
      plain({ sensor: 'a', at, order: 'x' }),
      { ...contract.source, identify: untyped },
      anything,
    );
    expect(decoded).toMatchObject({ envelope: { type: 'read', publishedAt: NOW - 100 } });
  });

  it('in the headers comes before the mapping', () => {
    const record = {
      ...plain({ sensor: 'a', at, kind: 'read', order: 42 }),
      headers: headersOf({ ce_source: '/s', ce_id: 'i', ce_type: 'moved' }),
    };
    expect(decodeRecord(record, { ...contract.source, ...open }, anything)).toMatchObject({
      envelope: { identity: { source: '/s', id: 'i' }, type: 'moved' },
    });
  });

  it.each([undefined, null, { a: 1 }, true])('is no %o', (order) => {
    const decoded = decodeRecord(
      plain({ sensor: 'a', at, kind: 'read', order }),
      { ...contract.source, ...open },
      anything,
    );
    expect(decoded).toMatchObject({ envelope: { identity: { source: '/kafka/id-1/0' } } });
  });
});

describe('the entity of a key', () => {
  it('is its text, or its bytes', () => {
    expect(entityOf(bytesOf('Zoë'))).toBe('Zoë');
    expect(entityOf(Uint8Array.of(0xff, 0x01))).toBe('0xff01');
    expect(entityOf(new Uint8Array())).toBe('');
  });
});

describe('a record of the chain', () => {
  const chained = (record: SourceRecord) => decodeChained(arrivalOf(record), 'vector', validators.vector);
  const reason = (record: SourceRecord): string => {
    const { content } = chained(record);
    return content.kind === 'refused' ? content.reason : 'data';
  };

  it('has the key of its identity, and the digest of its origin', () => {
    expect(chained(vector(1))).toMatchObject({
      key: '22:/freshet/tiny/features2:e1',
      digest: digestOf('p'),
      originAppend: NOW - 450,
      content: { kind: 'data', data: { mean: 1 } },
    });
  });

  it.each<readonly [string, SourceRecord, string]>([
    ['is whole', vector(1), 'data'],
    ['has no value', { ...vector(1), value: null }, 'tombstone'],
    ['has no envelope', { ...vector(1), headers: [] }, 'envelope'],
    [
      'is of another type',
      { ...vector(1), headers: [...vector(1).headers, ...headersOf({ ce_type: 'decision' })] },
      'unknown-type',
    ],
    ['is no JSON', { ...vector(1), value: bytesOf('{') }, 'not-json'],
    ['is of another schema', vector(1, { body: { mean: 'x' } }), 'schema'],
  ])('that %s', (_, record, expected) => {
    expect(reason(record)).toBe(expected);
  });

  it('without an envelope still has a key, a digest and an age', () => {
    const record = { ...vector(1), headers: [] };
    expect(chained(record)).toMatchObject({
      key: '13:/kafka/id-1/01:1',
      digest: digestOf(record.value ?? ''),
      originAppend: NOW - 100,
      envelope: undefined,
    });
  });

  it('keeps the key of its identity where the rest of its envelope is broken', () => {
    const headers = vector(1).headers.filter(({ name }) => name !== 'ce_expirytime');
    expect(chained({ ...vector(1), headers }).key).toBe(chained(vector(1)).key);
    expect(epochMsOf(chained({ ...vector(1), headers }).originAppend)).toBe(NOW - 100);
  });
});
