import { paginateQuery, paginateScan, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { tableShapes } from '../../core/contract/tables.ts';
import type { LedgerState } from '../../core/ledger/item.ts';
import { storeUnavailable, type Connection } from './client.ts';
import { listedStates } from './ledger-item.ts';

/**
 * Keys of items in some states. FAILED and IN_DOUBT are in an index; any other state is looked for in the whole table, which
 * costs as many read units as the table has: for an operator, never for a stage.
 *
 * @returns of the index the oldest first attempts, up to `limit` for each state; of the table all
 * @throws {TransientError} `STORE_UNAVAILABLE`
 */
export const listedKeys = async (
  connection: Connection,
  table: string,
  states: readonly LedgerState[],
  limit: number,
): Promise<readonly string[]> => {
  try {
    if (!states.every((state) => listedStates.includes(state))) return await scan(connection, table, states);
    const keys = await Promise.all(states.map((state) => query(connection, table, state, limit)));
    return keys.flat();
  } catch (thrown) {
    throw storeUnavailable(thrown);
  }
};

const keysOf = (items: readonly Readonly<Record<string, AttributeValue>>[] = []): readonly string[] =>
  items.flatMap(({ key }) => key?.S ?? []);

const query = async (
  { client }: Connection,
  table: string,
  state: LedgerState,
  limit: number,
): Promise<readonly string[]> => {
  const keys: string[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      IndexName: tableShapes.claims.index.name,
      KeyConditionExpression: 'listed = :state',
      ExpressionAttributeValues: { ':state': { S: state } },
      ScanIndexForward: true,
    },
  );
  for await (const { Items } of pages) {
    keys.push(...keysOf(Items));
    if (keys.length >= limit) break;
  }
  return keys;
};

const scan = async (
  { client }: Connection,
  table: string,
  states: readonly LedgerState[],
): Promise<readonly string[]> => {
  const keys: string[] = [];
  const values = Object.fromEntries(states.map((state, index) => [`:s${index}`, { S: state }]));
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      FilterExpression: `#state IN (${Object.keys(values).join(', ')})`,
      ProjectionExpression: '#key',
      ExpressionAttributeNames: { '#state': 'state', '#key': 'key' },
      ExpressionAttributeValues: values,
    },
  );
  for await (const { Items } of pages) keys.push(...keysOf(Items));
  return keys;
};

/**
 * How many items a table has in each state. It reads the whole table.
 *
 * @throws {TransientError} `STORE_UNAVAILABLE`
 */
export const statesIn = async (
  { client }: Connection,
  table: string,
): Promise<Readonly<Partial<Record<LedgerState, number>>>> => {
  const counts: Partial<Record<LedgerState, number>> = {};
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      ProjectionExpression: '#state',
      ExpressionAttributeNames: { '#state': 'state' },
    },
  );
  try {
    for await (const { Items = [] } of pages)
      for (const { state } of Items) {
        const name = state?.S as LedgerState;
        counts[name] = (counts[name] ?? 0) + 1;
      }
    return counts;
  } catch (thrown) {
    throw storeUnavailable(thrown);
  }
};
