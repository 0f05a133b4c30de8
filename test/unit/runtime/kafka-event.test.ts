import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../../lib/core/errors.ts';
import { lastHeader, textOf } from '../../../lib/core/record.ts';
import { parseInstant, toIso } from '../../../lib/core/units.ts';
import { recordsOf } from '../../../lib/runtime/kafka-event.ts';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../fixtures/events/${name}.json`), 'utf8'));

const text = (bytes: Uint8Array | null): string | null => bytes && textOf(bytes);

describe('the records of an event', () => {
  it('come from all partitions, in the order of the event', () => {
    expect(recordsOf(fixture('msk')).map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 15],
      [0, 16],
      [1, 5_000_000_000],
      [1, 5_000_000_001],
    ]);
  });

  it('have their key and value as bytes, or null where they are absent or null', () => {
    expect(recordsOf(fixture('msk')).map(({ key, value }) => [text(key), text(value)])).toEqual([
      ['a', '{"sensor":"a"}'],
      [null, '{"sensor":"a"}'],
      ['b', null],
      ['b', null],
    ]);
  });

  it('have headers of signed bytes, whose names can repeat', () => {
    const headers = recordsOf(fixture('msk'))[0]?.headers ?? [];
    expect(headers.map(({ name, value }) => [name, textOf(value)])).toEqual([
      ['ce_id', 'e15'],
      ['who', 'Zoë'],
      ['tag', 'one'],
      ['tag', 'two'],
    ]);
    expect([...(lastHeader(headers, 'who') ?? [])]).toEqual([90, 111, 0xc3, 0xab]);
    expect(text(lastHeader(headers, 'tag') ?? null)).toBe('two');
  });

  it('say when they were appended, and by whose clock', () => {
    expect(
      recordsOf(fixture('msk')).map(({ timestamp, timestampType }) => [timestamp, timestampType]),
    ).toEqual([
      [1_545_084_650_987, 'CREATE_TIME'],
      [1_545_084_650_988, 'CREATE_TIME'],
      [1_545_084_650_990, 'LOG_APPEND_TIME'],
      [1_545_084_650_991, 'LOG_APPEND_TIME'],
    ]);
  });

  it.each([
    ['in nanoseconds', 1_764_000_000_000_000_000, '9999-01-01T00:00:00.000Z'],
    ['in microseconds', 1_764_000_000_000_000, '9999-01-01T00:00:00.000Z'],
    ['that is none', -1, '1970-01-01T00:00:00.000Z'],
  ])('have a time that can be written, also of a producer’s %s', (_, timestamp, written) => {
    const record = { topic: 't', partition: 0, offset: 0, timestamp, headers: [] };
    const [read] = recordsOf({ records: { 't-0': [record] } });
    expect(read && toIso(read.timestamp)).toBe(written);
    expect(parseInstant(written)).toBe(read?.timestamp);
  });

  it('of a self-managed cluster and of one with a schema registry are read alike', () => {
    const [managed] = recordsOf(fixture('self-managed'));
    const [registered] = recordsOf(fixture('schema-registry'));
    expect(managed).toEqual(registered);
    expect(text(managed?.value ?? null)).toBe('{"sensor":"a"}');
  });

  it('keep their own topic and partition, and the map key that the answer must name', () => {
    expect(recordsOf(fixture('other-map-key'))).toMatchObject([
      { topic: 'plant.sensor.read', partition: 2, offset: 3, listedUnder: 'renamed-topic-7' },
    ]);
  });

  it('may have a header without a value', () => {
    const record = { topic: 't', partition: 0, offset: 0, timestamp: 1, headers: [{ empty: null }] };
    expect(recordsOf({ records: { 't-0': [record] } })[0]?.headers).toEqual([
      { name: 'empty', value: Buffer.alloc(0) },
    ]);
  });

  it('may be none', () => {
    expect(recordsOf({ records: {} })).toEqual([]);
  });
});

describe('what is no event of a Kafka mapping', () => {
  const good = { topic: 't', partition: 0, offset: 1, timestamp: 1, value: 'e30=', headers: [] };
  const listing = (record: unknown): unknown => ({ records: { 't-0': [record] } });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hello'],
    ['a list', []],
    ['an object without records', { eventSource: 'aws:kafka' }],
    ['an SQS event', { Records: [{ messageId: '1' }] }],
    ['records in a list', { records: [good] }],
    ['a partition that is no list', { records: { 't-0': good } }],
    ['a record that is none', listing('e30=')],
    ['a record without a topic', listing({ ...good, topic: undefined })],
    ['a partition in words', listing({ ...good, partition: '0' })],
    ['an offset that is not exact', listing({ ...good, offset: 2 ** 53 })],
    ['an offset below 0', listing({ ...good, offset: -1 })],
    ['an offset in words', listing({ ...good, offset: '1' })],
    ['a record of no time', listing({ ...good, timestamp: undefined })],
    ['a value that would pass for a tombstone', listing({ ...good, value: { sensor: 'a' } })],
    ['a key that would pass for none', listing({ ...good, key: [97] })],
    ['headers that would pass for none', listing({ ...good, headers: { ce_id: [1] } })],
    ['a header that is none', listing({ ...good, headers: ['ce_id'] })],
    ['a header in words', listing({ ...good, headers: [{ ce_id: 'e1' }] })],
  ])('is refused, and nothing of it is taken for done: %s', (_, event) => {
    expect(() => recordsOf(event)).toThrow(InvariantError);
    expect(() => recordsOf(event)).toThrow(expect.objectContaining({ code: 'BATCH_INVALID' }) as Error);
  });

  it('is described by its members, and never by their values', () => {
    expect(() => recordsOf({ password: 'canary-7f3a' })).toThrow(/an object with password/);
    expect(() => recordsOf({ password: 'canary-7f3a' })).not.toThrow(/canary/);
    expect(() => recordsOf(listing({ ...good, value: { secret: 'canary-7f3a' } }))).not.toThrow(/canary/);
  });
});
