import type { Json } from '../../core/digest.ts';
import { parseJson } from '../../core/json-value.ts';
import { strictTextOf } from '../../core/record.ts';
import { matchesRule, ruleProblem } from './filter-rules.ts';

/**
 * An event filter pattern: JSON whose leaves are lists of rules. For Kafka only `value` can be filtered on: either on the
 * members of a JSON object, or on the whole as plain text.
 *
 * ```json
 * { "value": { "type": ["boarding"], "delay": [{ "numeric": [">=", 30] }] } }
 * ```
 *
 * @see AWS Lambda developer guide, "invocation-eventfiltering" and "kafka-filtering"
 */
export type FilterPattern = { readonly [member: string]: Json };

type PatternObject = Readonly<Record<string, Json>>;

/** What is wrong with a pattern, below its own path. */
export interface PatternProblem {
  readonly path: string;
  readonly wrong: { readonly got: string; readonly expected: string; readonly fix: string };
}

const isObject = (value: unknown): value is PatternObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a record passes: one of the patterns matches its value. No patterns: every record does. */
export const passes = (patterns: readonly FilterPattern[], value: Uint8Array | null): boolean =>
  patterns.length === 0 || patterns.some((pattern) => matchesValue(pattern['value'], value));

const matchesValue = (pattern: Json | undefined, value: Uint8Array | null): boolean => {
  const text = value === null ? undefined : strictTextOf(value);
  if (text === undefined) return false;
  const parsed = parseJson(value ?? new Uint8Array())?.parsed;
  // Pattern and value must be of the same format: else Lambda drops the record.
  if (Array.isArray(pattern)) return !isObject(parsed) && anyRule(pattern, text);
  return isObject(pattern) && isObject(parsed) && matchesObject(pattern, parsed);
};

const matchesObject = (pattern: PatternObject, value: PatternObject): boolean =>
  Object.entries(pattern).every(([name, wanted]) => {
    if (name === '$or' && Array.isArray(wanted))
      return wanted.some((alternative) => isObject(alternative) && matchesObject(alternative, value));
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    if (Array.isArray(wanted)) return anyRule(wanted, found);
    // An object that is not there is an empty one: `exists: false` may be asked of its members.
    return isObject(wanted) && matchesObject(wanted, isObject(found) ? found : {});
  });

/** The values of a list are alternatives, and so are the items of an array that is filtered on. */
const anyRule = (rules: readonly Json[], found: unknown): boolean =>
  Array.isArray(found) && found.length > 0
    ? found.some((item) => rules.some((rule) => matchesRule(rule, item)))
    : rules.some((rule) => matchesRule(rule, found));

/** The first thing that is wrong with a pattern; `undefined` where it is valid. */
export const patternProblem = (pattern: FilterPattern): PatternProblem | undefined => {
  const stranger = Object.keys(pattern).find((name) => name !== 'value');
  if (stranger !== undefined || pattern['value'] === undefined)
    return {
      path: '',
      wrong: {
        got: stranger === undefined ? 'an empty pattern' : `a pattern on ${JSON.stringify(stranger)}`,
        expected: 'a pattern on "value", the only member of a Kafka record that Lambda filters on',
        fix: 'write { "value": … }',
      },
    };
  return problemIn(pattern['value'], '.value');
};

const problemIn = (pattern: Json, path: string): PatternProblem | undefined => {
  if (Array.isArray(pattern)) return problemInRules(pattern, path);
  if (!isObject(pattern))
    return {
      path,
      wrong: {
        got: JSON.stringify(pattern),
        expected: 'a list of rules, or an object of such lists',
        fix: `write [${JSON.stringify(pattern)}]`,
      },
    };
  for (const [name, inner] of Object.entries(pattern)) {
    const alternatives: readonly Json[] = name === '$or' && Array.isArray(inner) ? inner : [inner];
    for (const alternative of alternatives) {
      const problem = problemIn(alternative, `${path}.${name}`);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
};

const problemInRules = (rules: readonly Json[], path: string): PatternProblem | undefined => {
  if (rules.length === 0)
    return {
      path,
      wrong: { got: '[]', expected: 'at least one rule', fix: 'add one, or leave the member out' },
    };
  const wrong = rules.find((rule) => ruleProblem(rule) !== undefined);
  if (wrong === undefined) return undefined;
  return {
    path,
    wrong: {
      got: JSON.stringify(wrong),
      expected: ruleProblem(wrong) ?? '',
      fix: 'correct the rule',
    },
  };
};
