/** PartiQL as far as the adapters write it: inserts, and updates of one item. Anything else throws. */
import type { AttributeValue, BatchStatementResponse } from '@aws-sdk/client-dynamodb';
import { compares, type Item } from './attributes.ts';
import type { Tables } from './tables.ts';

const insertForm = /^INSERT INTO "([^"]+)" VALUE \{(.*)\}$/;
const insertedForm = /'([^']+)': \?/g;
const updateForm = /^UPDATE "([^"]+)" (.*) WHERE (.*)$/;
const clauseForm = /SET "([^"]+)" = (\?|list_append\("[^"]+", \?\))|REMOVE "([^"]+)"/g;
const comparisonForm = /"([^"]+)" (=|<>|<=|<) \?/g;

interface Insert {
  readonly kind: 'insert';
  readonly table: string;
  readonly names: readonly string[];
}

interface Update {
  readonly kind: 'update';
  readonly table: string;
  readonly clauses: readonly { readonly name: string; readonly change: 'set' | 'append' | 'remove' }[];
  readonly comparisons: readonly { readonly name: string; readonly operator: string }[];
}

/** The statements of a batch have the same few texts. */
const parsed = new Map<string, Insert | Update>();

const parse = (text: string): Insert | Update => {
  const insert = insertForm.exec(text);
  if (insert)
    return {
      kind: 'insert',
      table: insert[1] ?? '',
      names: [...(insert[2] ?? '').matchAll(insertedForm)].map(([, name = '']) => name),
    };
  const update = updateForm.exec(text);
  if (!update) throw new Error(`the fake does not understand: ${text}`);
  return {
    kind: 'update',
    table: update[1] ?? '',
    clauses: [...(update[2] ?? '').matchAll(clauseForm)].map(([, set, value, removed]) =>
      set === undefined
        ? { name: removed ?? '', change: 'remove' }
        : { name: set, change: value === '?' ? 'set' : 'append' },
    ),
    comparisons: [...(update[3] ?? '').matchAll(comparisonForm)].map(([, name = '', operator = '']) => ({
      name,
      operator,
    })),
  };
};

export const executeStatement = (
  tables: Tables,
  {
    Statement: text,
    Parameters: parameters = [],
  }: { readonly Statement: string; readonly Parameters?: AttributeValue[] },
): BatchStatementResponse => {
  const statement = parsed.get(text) ?? parse(text);
  parsed.set(text, statement);
  if (statement.kind === 'insert') {
    const item = Object.fromEntries(
      statement.names.map((name, index) => [name, parameters[index] ?? { NULL: true }]),
    );
    const written = tables.write(statement.table, item, (before) =>
      before === undefined ? item : undefined,
    );
    return written.refused
      ? { Error: { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' } }
      : {};
  }
  return update(tables, statement, parameters);
};

const update = (
  tables: Tables,
  { table, clauses, comparisons }: Update,
  parameters: readonly AttributeValue[],
): BatchStatementResponse => {
  const values = clauses.filter(({ change }) => change !== 'remove').length;
  const wanted = comparisons.map((one, index) => ({ ...one, value: parameters[values + index] }));
  const key = Object.fromEntries(
    wanted.flatMap(({ name, operator, value }) =>
      operator === '=' && value !== undefined ? [[name, value]] : [],
    ),
  );
  const written = tables.write(table, key, (before) => {
    if (
      before === undefined ||
      !wanted.every(({ name, operator, value }) => compares(before[name], operator, value))
    )
      return undefined;
    const after: Record<string, AttributeValue> = { ...before };
    let next = 0;
    for (const { name, change } of clauses) {
      if (change === 'remove') delete after[name];
      else {
        const value = parameters[next++] ?? { NULL: true };
        after[name] = change === 'set' ? value : appended(before, name, value);
      }
    }
    return after;
  });
  return written.refused
    ? { Error: { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' } }
    : {};
};

const appended = (before: Item, name: string, value: AttributeValue): AttributeValue => ({
  L: [...(before[name]?.L ?? []), ...(value.L ?? [])],
});
