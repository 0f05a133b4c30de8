/** Condition and update expressions as far as Freshet's operations store and Powertools' own layer write them. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { compares, type Item } from './attributes.ts';

export interface Substitutes {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>;
}

const tokenForm = /[#:]?\w+|<=|<>|[=<(),]/g;

const nameOf = (token: string, { ExpressionAttributeNames: names = {} }: Substitutes): string =>
  token.startsWith('#') ? (names[token] ?? token) : token;

/** Whether an item, or none, meets a condition expression. */
export const meets = (
  condition: string | undefined,
  item: Item | undefined,
  substitutes: Substitutes,
): boolean => {
  if (condition === undefined) return true;
  const tokens = condition.match(tokenForm) ?? [];
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const attribute = (): AttributeValue | undefined => item?.[nameOf(next(), substitutes)];
  const either = (): boolean => {
    let holds = all();
    while (tokens[at] === 'OR') {
      next();
      holds = all() || holds;
    }
    return holds;
  };
  const all = (): boolean => {
    let holds = one();
    while (tokens[at] === 'AND') {
      next();
      holds = one() && holds;
    }
    return holds;
  };
  const one = (): boolean => {
    if (tokens[at] === '(') {
      next();
      const holds = either();
      next();
      return holds;
    }
    if (tokens[at] === 'attribute_not_exists' || tokens[at] === 'attribute_exists') {
      const isWanted = next() === 'attribute_exists';
      next();
      const found = attribute();
      next();
      return (found !== undefined) === isWanted;
    }
    const left = attribute();
    const operator = next();
    return compares(left, operator, substitutes.ExpressionAttributeValues?.[next()]);
  };
  return either();
};

/** What `SET a = :a, b = :b ADD c :c` makes of an item. */
export const updated = (expression: string, before: Item, substitutes: Substitutes): Item => {
  const after: Record<string, AttributeValue> = { ...before };
  const values = substitutes.ExpressionAttributeValues ?? {};
  for (const [, token = '', value = ''] of expression.matchAll(/([#\w]+) = (:\w+)/g))
    after[nameOf(token, substitutes)] = values[value] ?? { NULL: true };
  for (const [, token = '', value = ''] of expression.matchAll(/ADD ([#\w]+) (:\w+)/g)) {
    const name = nameOf(token, substitutes);
    after[name] = { N: String(Number(before[name]?.N ?? 0) + Number(values[value]?.N ?? 0)) };
  }
  return after;
};
