import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import type { DynamoStores } from '../../../lib/adapters/dynamodb/dynamodb.ts';
import { claim, doubt } from '../../../lib/core/ledger/transitions.ts';
import { connectLocal, freshTables, openTables } from '../../support/dynamodb-tables.ts';
import { claimedItem, storedRecord } from '../../support/ledger-arbitrary.ts';

const connection = connectLocal(inject('dynamodb'));
let stores: DynamoStores;
beforeAll(async () => {
  stores = openTables(inject('dynamodb'), await freshTables(connection));
});
afterAll(() => {
  connection.client.destroy();
  stores.close();
});

it('effects in doubt are counted by the index alone, up to a limit', async () => {
  const { effects } = stores;
  const keys = ['a', 'b', 'c', 'd'];
  const items = keys.map((key) => claimedItem(key));
  await effects.apply(items.map((item) => ({ key: item.key, transition: claim(item) })));
  const unknown = doubt(items[0]?.owner ?? '', { letter: storedRecord('letter'), reason: 'unknown-outcome' });
  await effects.apply(['a', 'b', 'c'].map((key) => ({ key, transition: unknown })));
  const asked = vi.spyOn(stores.connection.client, 'send');
  expect(await effects.count({ states: ['IN_DOUBT'], limit: 9 })).toBe(3);
  expect(await effects.count({ states: ['IN_DOUBT'], limit: 2 })).toBe(2);
  expect(await effects.count({ states: ['FAILED'], limit: 9 })).toBe(0);
  expect(asked.mock.calls.map(([command]) => command.constructor.name)).toEqual(
    Array.from({ length: 3 }, () => 'QueryCommand'),
  );
});
