import { expect, it } from 'vitest';
import { explain } from '../../../../lib/testing/simulation/explain.ts';

const found = { seed: 7, path: '3:1', runs: 4 };

it('names each promise once, and everything that broke it', () => {
  const text = explain(
    { pipeline: 'meters' },
    {
      ...found,
      violations: [
        { invariant: 'I2', what: 'one' },
        { invariant: 'I8', what: 'two' },
        { invariant: 'I2', what: 'three' },
        { invariant: 'I2', what: 'one' },
      ],
    },
  );
  expect(text.split('\n')).toEqual([
    'meters breaks a promise in schedule 4 (seed 7, path 3:1).',
    '',
    'broken  I2, effect: at-most-once is at most one request, keyed is one request under one key, and what may be out never ends as if it were not',
    '  one',
    '  three',
    'broken  I8, replay: consuming finished keys again sends nothing and changes nothing',
    '  two',
    '',
    'No function of yours gave two answers to one input, so this may be a fault of Freshet: report it with the schedule below.',
    '',
    "See it again: simulate(…, { …, seed: 7, path: '3:1' })",
  ]);
});

it('blames nobody else where a function is not pure', () => {
  const violations = [
    { invariant: 'pure', what: 'decide depends on a clock' },
    { invariant: 'I3', what: 'one' },
  ] as const;
  const text = explain({ pipeline: 'meters' }, { ...found, violations });
  expect(text).toContain('broken  functions are pure: ');
  expect(text).not.toContain('fault of Freshet');
});
