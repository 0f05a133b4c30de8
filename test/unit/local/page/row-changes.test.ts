import { describe, expect, it } from 'vitest';
import { rowChanges } from '../../../../lib/local/page/feed/row-changes.ts';

/** In short: path, before, after. */
const told = (before: unknown, after: unknown) =>
  rowChanges(before, after).members.map((member) => [member.path, member.before, member.after]);

describe('what changed in a row', () => {
  it('is told member by member, with what came and what went', () => {
    const before = { delay: { sum: 4, weight: 0.8 }, gone: [1], 'a/b~c': 1, kind: 'x', list: { a: 1 } };
    const after = { delay: { sum: 4, weight: 1.2 }, came: null, 'a/b~c': 2, kind: null, list: [1] };
    expect(told(before, after)).toEqual([
      ['/gone', '[1]', null],
      ['/a~1b~0c', '1', '2'],
      ['/kind', '"x"', 'null'],
      ['/list', '{"a":1}', '[1]'],
      ['/came', null, 'null'],
      ['/delay/weight', '0.8', '1.2'],
    ]);
    expect(rowChanges(before, structuredClone(before))).toEqual({ members: [], more: 0 });
    expect(told('{}', 5)).toEqual([['', '"{}"', '5']]);
  });

  it('of a list is what came and went, and not what moved by it', () => {
    const waiting = ['a', 'b', 'c', 'd'].map((id) => ({ id, late: 0 }));
    const [a, b, c, d] = waiting;
    const of = (after: readonly unknown[]) => told({ waiting }, { waiting: after });
    expect(of([b, c, d])).toEqual([['/waiting/0', '{"id":"a","late":0}', null]]);
    expect(of([a, b, { id: 'n' }, c, d])).toEqual([['/waiting/2', null, '{"id":"n"}']]);
    expect(of([a, { ...b, late: 7 }, c, d])).toEqual([['/waiting/1/late', '0', '7']]);
    expect(of([...waiting, a, a])).toEqual([
      ['/waiting/4', null, '{"id":"a","late":0}'],
      ['/waiting/5', null, '{"id":"a","late":0}'],
    ]);
    expect(told({ waiting: [1, 1] }, { waiting: [1] })).toEqual([['/waiting/1', '1', null]]);
  });

  it('deep within it is told after what is further out', () => {
    const state = (n: number) => ({
      byKey: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, { sum: n }])),
      delay: { sum: n },
      total: n,
    });
    const paths = told(state(1), state(2)).map(([path]) => path);
    expect(paths.slice(0, 3)).toEqual(['/total', '/delay/sum', '/byKey/k0/sum']);
    expect(rowChanges(state(1), state(2)).more).toBe(22 - 8);
  });

  it('is bounded in number and length', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]));
    const { members, more } = rowChanges({}, { ...many, last: 'x' });
    expect([members.length, more]).toEqual([8, 493]);
    const [member] = rowChanges({}, { ['n'.repeat(10_000)]: 'v'.repeat(10_000) }).members;
    expect(member?.path.length).toBeLessThan(160);
    expect(member?.after).toMatch(/^"v{59}…\[cut, 10002 characters\]$/);
  });
});
