import { describe, expect, it } from 'vitest';
import { readResponse } from '../../../../lib/local/event-source/partial-response.ts';
import { loggedRecord } from '../../../support/mapping-bench.ts';

const records = [loggedRecord(0, 5), loggedRecord(0, 6), loggedRecord(1, 5)];
const failing = (...identifiers: readonly unknown[]): unknown => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('a response', () => {
  it.each([[null], [undefined], [{}], [{ batchItemFailures: null }], [{ batchItemFailures: [] }]])(
    '%j: all succeeded',
    (response) => {
      expect(readResponse(response, records)).toEqual({ kind: 'all-succeeded' });
    },
  );

  it('names records by partition and offset', () => {
    const response = failing({ partition: 'orders-1', offset: 5 }, { partition: 'orders-0', offset: 6 });
    expect(readResponse(response, records)).toEqual({
      kind: 'some-failed',
      failed: new Set([records[2], records[1]]),
    });
  });

  it.each([
    ['a string', failing('orders-0-5')],
    ['an empty string', failing('')],
    ['null', failing(null)],
    ['an item without identifier', { batchItemFailures: [{}] }],
    ['an offset as text', failing({ partition: 'orders-0', offset: '5' })],
    ['an offset that is not in the event', failing({ partition: 'orders-0', offset: 7 })],
    ['a partition that is not in the event', failing({ partition: 'orders-2', offset: 5 })],
    ['a partition as number', failing({ partition: 0, offset: 5 })],
    ['one good and one bad', failing({ partition: 'orders-0', offset: 5 }, { partition: 'x', offset: 5 })],
    ['a list that is none', { batchItemFailures: 'orders-0' }],
    ['an answer that is text', 'done'],
    ['an answer that is a list', []],
  ])('%s: invalid', (_what, response) => {
    expect(readResponse(response, records)).toEqual({ kind: 'invalid' });
  });
});
