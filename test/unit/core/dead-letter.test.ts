import { describe, expect, it } from 'vitest';
import {
  deadLetter,
  isLetter,
  letterAllowanceBytes,
  originalHeaders,
  truncated,
  type LetterParts,
} from '../../../lib/core/dead-letter.ts';
import { bytesOf, sizeOf } from '../../../lib/core/record.ts';
import { arriving, headerOf, headersOf, NOW } from '../../support/stage-records.ts';

const record = arriving(7, {
  partition: 3,
  value: bytesOf('{"n":1}'),
  headers: [...headersOf({ ce_id: 'e7' }), ...headersOf({ tag: 'one' }), ...headersOf({ tag: 'two' })],
});

const parts: LetterParts = {
  pipeline: 'orders',
  stage: 'action',
  topic: 'orders.decision.dlq',
  record,
  at: { topic: record.topic, topicId: 'id-1', partition: 3, offset: 7 },
  redrive: 2,
  reason: 'refused',
  message: 'got 400',
  maxSourceBytes: 1_000,
};

describe('a dead letter', () => {
  it('is the record as it came, Connect’s headers, and our reason', () => {
    const letter = deadLetter(parts);
    expect(letter).toMatchObject({ topic: parts.topic, key: record.key, value: record.value });
    expect(letter.headers.slice(0, 3)).toEqual(record.headers);
    expect(letter.headers.slice(3).map(({ name }) => [name, headerOf(letter, name)])).toEqual([
      ['__connect.errors.topic', record.topic],
      ['__connect.errors.partition', '3'],
      ['__connect.errors.offset', '7'],
      ['__connect.errors.stage', 'action'],
      ['__connect.errors.class.name', 'freshet.orders.action'],
      ['__connect.errors.exception.class.name', 'PermanentRecordError'],
      ['__connect.errors.exception.message', 'got 400'],
      ['__connect.errors.exception.stacktrace', ''],
      ['freshet.letter.id', '6:orders6:action8:id-1/3/71:2'],
      ['freshet.reason', 'refused'],
      ['freshet.redrive', '2'],
      ['freshet.topic.id', 'id-1'],
      ['freshet.timestamp', new Date(NOW - 100).toISOString()],
      ['freshet.timestamp.type', 'LOG_APPEND_TIME'],
    ]);
    expect([isLetter(letter), isLetter(record)]).toEqual([true, false]);
  });

  it('gives back the original headers, also of a record that was a letter before', () => {
    const again = deadLetter({
      ...parts,
      record: { ...record, headers: deadLetter(parts).headers },
      redrive: 3,
    });
    expect(originalHeaders(again.headers)).toEqual(record.headers);
    expect(again.headers.filter(({ name }) => name === 'freshet.redrive')).toHaveLength(1);
  });

  it('keeps its value up to the source’s size and the allowance, and loses it one byte beyond', () => {
    const sized = (valueBytes: number) =>
      deadLetter({ ...parts, record: { ...record, value: new Uint8Array(valueBytes) } });
    const around = sizeOf(sized(0));
    const most = parts.maxSourceBytes + letterAllowanceBytes - around;
    expect(sized(most).value).toHaveLength(most);
    expect(headerOf(sized(most), 'freshet.truncated')).toBe(undefined);
    expect(sized(most + 1).value).toBe(null);
    expect(headerOf(sized(most + 1), 'freshet.truncated')).toBe(String(most + 1));
    expect(sized(most + 1).key).toEqual(record.key);
  });

  it('always fits where its record fitted, however long the message', () => {
    const letter = deadLetter({
      ...parts,
      message: '€'.repeat(100_000),
      record: { ...record, value: new Uint8Array(parts.maxSourceBytes - 300) },
    });
    expect(letter.value).not.toBe(null);
    expect(sizeOf(letter)).toBeLessThanOrEqual(parts.maxSourceBytes + letterAllowanceBytes);
    expect(headerOf(letter, '__connect.errors.exception.message')).toHaveLength(2_000);
  });

  it('says how long the value was that it lost', () => {
    const letter = truncated(deadLetter(parts));
    expect([letter.value, headerOf(letter, 'freshet.truncated')]).toEqual([null, '7']);
  });

  it('of a tombstone has no value', () => {
    expect(deadLetter({ ...parts, record: { ...record, key: null, value: null } })).toMatchObject({
      key: null,
      value: null,
    });
  });
});
