/** What each operation is answered with, as DynamoDB would. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from './attributes.ts';
import { meets, updated, type Substitutes } from './expressions.ts';
import { executeStatement } from './partiql.ts';
import type { Tables } from './tables.ts';

export interface Answer {
  readonly status: 200 | 400;
  readonly body: object;
}

interface Input extends Substitutes {
  readonly TableName: string;
  readonly Key: Item;
  readonly Item: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression: string;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
  readonly Statements: readonly { readonly Statement: string; readonly Parameters?: AttributeValue[] }[];
  readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly Item[] }>>;
}

const ok = (body: object): Answer => ({ status: 200, body });

const conditionFailed = (item: Item | undefined): Answer => ({
  status: 400,
  body: {
    __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
    message: 'The conditional request failed',
    ...(item === undefined ? {} : { Item: item }),
  },
});

type Operation = (tables: Tables, input: Input) => Answer;

const operations: Readonly<Record<string, Operation>> = {
  BatchExecuteStatement: (tables, { Statements }) =>
    ok({ Responses: Statements.map((statement) => executeStatement(tables, statement)) }),
  BatchGetItem: (tables, { RequestItems }) =>
    ok({
      Responses: Object.fromEntries(
        Object.entries(RequestItems).map(([table, { Keys }]) => [
          table,
          Keys.map((key) => tables.get(table, key)).filter((item) => item !== undefined),
        ]),
      ),
      UnprocessedKeys: {},
    }),
  GetItem: (tables, { TableName, Key }) => {
    const item = tables.get(TableName, Key);
    return ok(item === undefined ? {} : { Item: item });
  },
  PutItem: (tables, { TableName, Item: item, ConditionExpression, ...substitutes }) => {
    const written = tables.write(TableName, item, (before) =>
      meets(ConditionExpression, before, substitutes) ? item : undefined,
    );
    return written.refused ? conditionFailed(written.item) : ok({});
  },
  UpdateItem: (tables, { TableName, Key, UpdateExpression, ConditionExpression, ...substitutes }) => {
    const written = tables.write(TableName, Key, (before) =>
      meets(ConditionExpression, before, substitutes)
        ? updated(UpdateExpression, before ?? Key, substitutes)
        : undefined,
    );
    return written.refused ? conditionFailed(written.item) : ok({});
  },
  /** The one query that stages make: observations of a key up to a time, newest first. */
  Query: (tables, { TableName, ExpressionAttributeValues: values = {}, Limit, ExclusiveStartKey: from }) => {
    const latest = Number(values[':latest']?.N);
    const before = from === undefined ? Infinity : Number(from['eventTime']?.N);
    const items = tables
      .newest(TableName, values[':key']?.S ?? '')
      .filter(({ eventTime }) => Number(eventTime?.N) <= latest && Number(eventTime?.N) < before);
    const page = items.slice(0, Limit);
    const last = page.at(-1);
    return ok({
      Items: page,
      ...(page.length < items.length && last?.['key'] && last['eventTime']
        ? { LastEvaluatedKey: { key: last['key'], eventTime: last['eventTime'] } }
        : {}),
    });
  },
  /** Every table is there. */
  DescribeTable: (_, { TableName }) => ok({ Table: { TableName, TableStatus: 'ACTIVE' } }),
};

/** @throws {Error} for what the fake does not know */
export const answerOf = (tables: Tables, operation: string, input: unknown): Answer => {
  const known = operations[operation];
  if (known === undefined) throw new Error(`the fake knows no operation ${operation}`);
  return known(tables, input as Input);
};
