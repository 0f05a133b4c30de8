import { describe, expect, it } from 'vitest';
import { differences, type Books } from '../../drills/books.ts';

const numbers = Array.from({ length: 200 }, (_, n) => n);

/** Two hundred events that ask, each with its decision and its effect. */
const calm: Books = {
  published: numbers.map((n) => ({ id: `e${n}`, type: 'boarding' })),
  decisions: numbers.map((n) => ({ id: `d${n}`, causedBy: `/source#e${n}`, value: `${n}` })),
  effects: numbers.map((n) => ({ key: `k${n}`, digest: `${n}` })),
  notHad: new Map(),
  rows: new Map([['EWR', '{}']]),
};

const found = (disturbed: Partial<Books>): readonly string[] =>
  differences(calm, { ...calm, ...disturbed }, 'boarding');

const without = (...keys: readonly string[]): Partial<Books> => ({
  effects: calm.effects.filter(({ key }) => !keys.includes(key)),
  notHad: new Map(keys.map((key) => [key, 'SUPPRESSED: late'])),
});

describe('the books of a run that was killed', () => {
  it('are those of a calm one, also where decisions were emitted again and some came too late', () => {
    expect(found({})).toEqual([]);
    expect(found({ decisions: [...calm.decisions, ...calm.decisions.slice(0, 9)] })).toEqual([]);
    expect(found(without('k1', 'k2'))).toEqual([]);
  });

  it.each<readonly [string, Partial<Books>]>([
    ['lost: 1 of 200', { decisions: calm.decisions.slice(1) }],
    ['decided twice: 1 of 200', { decisions: [...calm.decisions, { ...calm.decisions[0]!, id: 'other' }] }],
    ['not frozen: 1', { decisions: [...calm.decisions, { ...calm.decisions[0]!, value: 'other' }] }],
    ['published 199', { published: calm.published.slice(1) }],
    ['duplicate: 1', { effects: [...calm.effects, calm.effects[0]!] }],
    ['effects: 1 of 200 are missing or differ (unknown)', { effects: calm.effects.slice(1) }],
    [
      'effects: 1 of 200 are missing or differ (another request)',
      { effects: calm.effects.with(0, { key: 'k0', digest: 'other' }) },
    ],
    ['late: 3 of 200', without('k1', 'k2', 'k3')],
    ['phantom: 1', { effects: [...calm.effects, { key: 'new', digest: 'new' }] }],
    ['row EWR differs', { rows: new Map([['EWR', '{"n":1}']]) }],
    ['2 rows, 1 without', { rows: new Map([...calm.rows, ['JFK', '{}']]) }],
  ])('tell of %s', (start, disturbed) => {
    expect(found(disturbed)).toEqual([expect.stringContaining(start)]);
  });
});
