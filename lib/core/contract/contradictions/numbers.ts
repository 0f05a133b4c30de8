import type { Problem } from '../../errors.ts';
import { isPlain, pathOf } from '../form/form.ts';
import type { AnyTriggerOptions } from '../options.ts';

/** Schemas are not ours to judge, and hold numbers of their own. */
const schemas = new Set(['events', 'row', 'output']);
/** Members that may be 0. */
const mayBeZero = new Set(['window', 'fetch', 'retries', 'holes']);
/** Members that need not be whole numbers. */
const fractions = new Set(['objective', 'pageAt', 'ticketAt']);

const problemOf = (value: number, name: string, path: string, whole: boolean): Problem | undefined => {
  const zero = mayBeZero.has(name);
  const fits =
    Number.isFinite(value) && (zero ? value >= 0 : value > 0) && (!whole || Number.isSafeInteger(value));
  if (fits) return undefined;
  return {
    path,
    got: String(value),
    expected: `a ${whole ? 'whole' : 'finite'} number ${zero ? 'from 0' : 'above 0'}`,
    fix: Number.isFinite(value)
      ? 'write a number that something can be counted or timed by'
      : 'write the number itself',
  };
};

const walk = (value: unknown, name: string, path: string): readonly Problem[] => {
  if (schemas.has(name)) return [];
  if (typeof value === 'number') {
    const problem = problemOf(value, name, path, !fractions.has(name));
    return problem ? [problem] : [];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => walk(item, name, `${path}[${index}]`));
  if (!isPlain(value)) return [];
  // The author wrote `seconds(5)` and `perMinute(10)`: the path ends with them.
  if (typeof value['ms'] === 'number') {
    const problem = problemOf(value['ms'], name, path, false);
    return problem ? [{ ...problem, got: `${problem.got} ms` }] : [];
  }
  if (typeof value['perMinute'] === 'number') return walk(value['perMinute'], name, path);
  const isTopic = value['kind'] === 'created' || value['kind'] === 'existing';
  return Object.entries(value).flatMap(([member, item]) =>
    walk(item, member, isTopic ? path : pathOf(path, member)),
  );
};

/** Numbers that nothing can be counted or timed by: negative, not finite, a fraction of a record, 0 where 0 makes no sense. */
export const numberProblems = (options: AnyTriggerOptions): readonly Problem[] => walk(options, '', '');
