import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../../support/contract-problems.ts';
import { fullOptions, validOptions, withValue } from '../../../support/trigger-options.ts';

const without = (name: string): unknown => withValue(validOptions, name, undefined);

describe('a contract whose types were never checked', () => {
  const required = [
    'pipeline',
    'version',
    'owner',
    'freshness',
    'deadline',
    'source',
    'features',
    'inference',
    'action',
  ];
  it.each([
    ...required,
    'freshness.target',
    'features.row',
    'inference.output',
    'action.giveUp',
    'action.effect',
  ])('lacks %s', (name) => {
    expect(problemsOf(without(name))).toEqual([
      { path: name, got: 'nothing', expected: expect.stringMatching(/./) as string, fix: `add ${name}` },
    ]);
  });

  it.each([
    ['a bare number for a duration', 'deadline', 60, 'deadline', '60'],
    ['a number for a name', 'owner', 7, 'owner', '7'],
    ['nothing, said aloud, for a name', 'owner', null, 'owner', 'null'],
    ['a flag for a name', 'owner', true, 'owner', 'true'],
    ['a function for a name', 'owner', () => 'facilities', 'owner', 'a function'],
    ['an object for a name', 'owner', {}, 'owner', 'an object'],
    ['a topic by name alone', 'source', 'building.door.opened', 'source', '"building.door.opened"'],
    ['a topic without a key', 'source.options.key', undefined, 'source.key', 'nothing'],
    ['a schema by name', 'features.output', 'Vector', 'features.output', '"Vector"'],
    ['an effect by name', 'action.effect', 'keyed', 'action.effect', '"keyed"'],
    [
      'an unknown policy',
      'action.effect',
      { policy: 'exactly-once' },
      'action.effect.policy',
      '"exactly-once"',
    ],
    ['an unknown word for late', 'action.late', 'drop', 'action.late', '"drop"'],
    ['a bucket by name', 'largePayloads', 's3:orders', 'largePayloads', '"s3:orders"'],
    ['an unknown kind of snapshot', 'inference.snapshot', 'all', 'inference.snapshot', '"all"'],
    ['an unknown mode of polling', 'action.mapping', { pollers: 'fast' }, 'action.mapping.pollers', '"fast"'],
    ['a start at nothing', 'action.mapping', { start: {} }, 'action.mapping.start.at', 'nothing'],
    ['one burn rate', 'alarms', { pageAt: [14] }, 'alarms.pageAt', 'a list'],
    ['a budget without process', 'action.budget', {}, 'action.budget.process', 'nothing'],
    ['a list of contexts', 'context', [], 'context', 'a list'],
  ])('gives %s', (_what, path, value, at, got) => {
    const problems = problemsOf(withValue(validOptions, path, value));
    expect(problems.map((problem) => [problem.path, problem.got])).toEqual([[at, got]]);
  });

  it('says what an object must have', () => {
    expect(problemsOf(withValue(validOptions, 'freshness', 5))).toMatchObject([
      { path: 'freshness', got: '5', expected: 'an object with target, objective' },
    ]);
    expect(problemsOf(withValue(validOptions, 'action.mapping', 'default'))).toMatchObject([
      { path: 'action.mapping', got: '"default"', expected: 'an object' },
    ]);
  });

  it('is nothing at all', () => {
    expect(problemsOf(undefined)).toMatchObject([{ path: 'the contract', got: 'nothing' }]);
  });

  it('misspells an option, beside a contradiction', () => {
    const misspelt = withValue(withValue(validOptions, 'action.mapping', { minimunWait: 1 }), 'owner', '');
    expect(problemsOf(misspelt).map(({ path }) => path)).toEqual(['action.mapping.minimunWait', 'owner']);
  });

  it('misspells an option of a topic', () => {
    expect(problemsOf(withValue(fullOptions, 'context.schedule.source.options.retain', 1))).toMatchObject([
      { path: 'context.schedule.source.retain', got: 'a member that nothing reads' },
    ]);
  });

  it('has every problem of its form told at once', () => {
    expect(problemsOf({ pipeline: 'door-watch' }).map(({ path }) => path)).toEqual(
      required.filter((name) => name !== 'pipeline'),
    );
  });
});
