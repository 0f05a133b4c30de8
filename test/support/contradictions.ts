import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { topic } from '../../lib/core/contract/topics.ts';
import { problemsOf } from './contract-problems.ts';
import { withValue } from './trigger-options.ts';

/** One change of a valid contract, and where it is refused. `got` is a part of what is shown. */
export type Refused = readonly [what: string, path: string, value: unknown, at: string, got?: string];

/** One change of a valid contract that leaves it valid. */
export type Allowed = readonly [what: string, path: string, value: unknown];

/** A test for each change: it is refused there alone, and the problem says all that a reader needs. */
export const itRefuses = (base: object, changes: readonly Refused[]): void => {
  it.each(changes.map((change) => ({ what: change[0], change })))('$what', ({ change }) => {
    const [, path, value, at, got = ''] = change;
    const problems = problemsOf(withValue(base, path, value));
    expect(problems.map((problem) => problem.path)).toEqual([at]);
    expect(problems.every((problem) => problem.got && problem.expected && problem.fix)).toBe(true);
    expect(problems[0]?.got).toContain(got);
  });
};

/** A test for each change: the contract is taken. */
export const itAllows = (base: object, changes: readonly Allowed[]): void => {
  it.each(changes)('%s', (_, path, value) => {
    expect(problemsOf(withValue(base, path, value))).toEqual([]);
  });
};

export const Opened = Type.Object({ door: Type.String(), at: Type.String() });

/** A created source of such events, with what a test wants to be different. */
export const sourceOf = (different: object): unknown =>
  topic('building.door.opened', { key: 'door', time: 'at', events: { opened: Opened }, ...different });
