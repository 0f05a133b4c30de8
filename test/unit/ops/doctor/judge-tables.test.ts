import { describe, expect, it } from 'vitest';
import type { TableName } from '../../../../lib/core/contract/tables.ts';
import type { TableFacts } from '../../../../lib/core/ports/examination.ts';
import { judgeTable } from '../../../../lib/ops/doctor/judge-tables.ts';
import { answer, seen, silence } from '../../../support/examinations.ts';

const effects: TableFacts = {
  status: 'ACTIVE',
  keys: [{ name: 'key', type: 'text' }],
  indexes: [
    {
      name: 'listed',
      keys: [
        { name: 'listed', type: 'text' },
        { name: 'firstAttempt', type: 'number' },
      ],
    },
  ],
  timeToLive: answer('expiresAt'),
};
const rows: TableFacts = {
  status: 'ACTIVE',
  keys: [{ name: 'entity', type: 'text' }],
  indexes: [],
  timeToLive: answer(null),
};

const judged = (name: TableName, facts: TableFacts): readonly string[] =>
  seen(judgeTable(name, `dev-${name}`, answer(facts)));

describe('a table', () => {
  it('that is as the stores rely on it is one line', () => {
    expect(judged('effects', effects)).toEqual(['ok table']);
    expect(judged('rows', rows)).toEqual(['ok table']);
  });

  it.each<[string, Partial<TableFacts>, readonly string[]]>([
    ['another key', { keys: [{ name: 'id', type: 'text' }] }, ['failure keys']],
    ['a key of another type', { keys: [{ name: 'key', type: 'number' }] }, ['failure keys']],
    ['a sort key too many', { keys: [...effects.keys, { name: 'at', type: 'text' }] }, ['failure keys']],
    ['no index', { indexes: [] }, ['failure index listed']],
    [
      'an index by other keys',
      { indexes: [{ name: 'listed', keys: effects.keys }] },
      ['failure index listed'],
    ],
    ['time to live off', { timeToLive: answer(null) }, ['warning time to live']],
    ['time to live by another attribute', { timeToLive: answer('ttl') }, ['warning time to live']],
    [
      'time to live that nobody tells',
      { timeToLive: silence('AccessDeniedException') },
      ['warning time to live'],
    ],
    ['another status', { status: 'UPDATING' }, ['warning status']],
  ])('with %s says so', (_, change, expected) => {
    expect(judged('effects', { ...effects, ...change })).toEqual(expected);
  });

  it('of rows that expire loses state', () => {
    expect(judged('rows', { ...rows, timeToLive: answer('expiresAt') })).toEqual(['failure time to live']);
  });

  it('that is not there, or may not be described, fails', () => {
    expect(judgeTable('rows', 'dev-rows', answer(null))).toMatchObject([
      { level: 'failure', got: 'no such table' },
    ]);
    expect(judgeTable('rows', 'dev-rows', silence('AccessDeniedException'))).toMatchObject([
      { level: 'failure', got: 'not probed: AccessDeniedException' },
    ]);
  });
});
