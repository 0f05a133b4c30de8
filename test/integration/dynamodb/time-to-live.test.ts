import { DescribeTimeToLiveCommand, GetItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { tableOf, type TableAddresses } from '../../../lib/adapters/dynamodb/tables.ts';
import { tableNames, tableShape } from '../../../lib/core/contract/tables.ts';
import { lengthPrefixed } from '../../../lib/core/identity.ts';
import { claim, complete } from '../../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { seen } from '../../contract/suites/context-store.ts';
import { connectLocal, freshTables, openTables } from '../../support/dynamodb-tables.ts';
import { claimedItem } from '../../support/ledger-arbitrary.ts';

const endpoint = inject('dynamodb');
const connection = connectLocal(endpoint);
let tables: TableAddresses;
beforeAll(async () => {
  tables = await freshTables(connection);
});
afterAll(() => connection.client.destroy());

const expiry = async (
  name: 'context' | 'claims',
  key: Readonly<Record<string, AttributeValue>>,
): Promise<string | undefined> => {
  const { Item } = await connection.client.send(
    new GetItemCommand({ TableName: tableOf(tables, name), Key: { ...key } }),
  );
  expect(Item).toBeDefined();
  return Item?.['expiresAt']?.N;
};

describe('the time to live', () => {
  it.each(tableNames)('of table %s is as its shape says', async (name) => {
    const { TimeToLiveDescription } = await connection.client.send(
      new DescribeTimeToLiveCommand({ TableName: tableOf(tables, name) }),
    );
    expect(TimeToLiveDescription?.AttributeName).toBe(tableShape(name).expires ? 'expiresAt' : undefined);
  });

  it('of an observation counts from its writing, not from its event: a replay writes what is long past', async () => {
    const stores = openTables(endpoint, tables);
    const writtenAt = Date.now();
    const old = seen('climate', 'a', 1);
    await stores.context.observe([old, seen('climate', 'a', 1_000_000)]);
    expect(await stores.context.forget('climate', 100)).toBe(0);
    expect(await stores.context.newest([{ context: 'climate', key: 'a', at: epochMsOf(1) }])).toEqual([
      { kind: 'read', value: old },
    ]);
    const key = { key: { S: lengthPrefixed(['climate', 'a']) }, eventTime: { N: '1' } };
    expect(Number(await expiry('context', key)) * 1_000).toBeGreaterThan(writtenAt);
    stores.close();
  });

  it('of a claim begins when it is settled, and not before', async () => {
    const stores = openTables(endpoint, tables);
    const item = claimedItem('k');
    const key = { key: { S: 'k' } };
    await stores.claims.apply([{ key: 'k', transition: claim(item) }]);
    expect(await expiry('claims', key)).toBeUndefined();
    const settled = { emits: [], expiresAt: epochMsOf(1_900_000_000_500) };
    await stores.claims.apply([{ key: 'k', transition: complete(item.owner ?? '', settled) }]);
    expect(await expiry('claims', key)).toBe('1900000001');
    stores.close();
  });
});
