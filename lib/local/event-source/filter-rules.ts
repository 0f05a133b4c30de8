import type { Json } from '../../core/digest.ts';

/**
 * The comparison operators of Lambda's event filters, as they stand in its table.
 *
 * @see AWS Lambda developer guide, "invocation-eventfiltering", section "Filter rule syntax"
 */
interface Operator {
  /** What its operand must be. */
  readonly expected: string;
  readonly accepts: (operand: Json) => boolean;
  /** `found` is `undefined` where the record has no such member. */
  readonly matches: (operand: Json, found: unknown) => boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isScalar = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

const COMPARISONS: Readonly<Record<string, (found: number, bound: number) => boolean>> = {
  '=': (found, bound) => found === bound,
  '<': (found, bound) => found < bound,
  '<=': (found, bound) => found <= bound,
  '>': (found, bound) => found > bound,
  '>=': (found, bound) => found >= bound,
};

/** `[">", 0, "<=", 5]` as pairs; `undefined` where it is none. */
const bounds = (operand: Json): readonly (readonly [string, number])[] | undefined => {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) return undefined;
  const pairs: (readonly [string, number])[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const [comparison, bound] = [operand[index] as unknown, operand[index + 1] as unknown];
    if (!isText(comparison) || !Object.hasOwn(COMPARISONS, comparison) || typeof bound !== 'number')
      return undefined;
    pairs.push([comparison, bound]);
  }
  return pairs;
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  exists: {
    expected: 'true or false',
    accepts: (operand) => typeof operand === 'boolean',
    matches: (operand, found) => (found !== undefined) === operand,
  },
  prefix: {
    expected: 'a string',
    accepts: isText,
    matches: (operand, found) => isText(found) && isText(operand) && found.startsWith(operand),
  },
  suffix: {
    expected: 'a string',
    accepts: isText,
    matches: (operand, found) => isText(found) && isText(operand) && found.endsWith(operand),
  },
  'equals-ignore-case': {
    expected: 'a string',
    accepts: isText,
    matches: (operand, found) =>
      isText(found) && isText(operand) && found.toLowerCase() === operand.toLowerCase(),
  },
  'anything-but': {
    expected: 'a string, a number, or a list of them',
    accepts: (operand) => [operand].flat().every(isScalar),
    matches: (operand, found) => found !== undefined && ![operand].flat().includes(found as Json),
  },
  numeric: {
    expected: 'one comparison or two, such as [">", 0, "<=", 5]',
    accepts: (operand) => bounds(operand) !== undefined,
    matches: (operand, found) =>
      typeof found === 'number' &&
      (bounds(operand) ?? []).every(
        ([comparison, bound]) => COMPARISONS[comparison]?.(found, bound) === true,
      ),
  },
};

/** A rule is a value to be equal to, or an object of one operator. */
const operatorOf = (rule: Json): readonly [Operator | undefined, Json] | undefined => {
  if (typeof rule !== 'object' || rule === null) return undefined;
  const [[name, operand] = ['', null], ...more] = Object.entries(rule as Readonly<Record<string, Json>>);
  return [more.length === 0 && Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined, operand];
};

/** Whether one rule holds for what was found; `undefined`: the record has no such member. */
export const matchesRule = (rule: Json, found: unknown): boolean => {
  const operator = operatorOf(rule);
  return operator === undefined ? found === rule : operator[0]?.matches(operator[1], found) === true;
};

/** What a rule should have been; `undefined` where it is valid. */
export const ruleProblem = (rule: Json): string | undefined => {
  const operator = operatorOf(rule);
  if (operator === undefined) return undefined;
  const [known, operand] = operator;
  if (known === undefined) return `one of the operators ${Object.keys(OPERATORS).join(', ')}`;
  return known.accepts(operand) ? undefined : known.expected;
};
