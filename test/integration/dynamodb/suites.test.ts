import { afterAll, inject } from 'vitest';
import type { Connection } from '../../../lib/adapters/dynamodb/client.ts';
import { DynamoOperationsStore } from '../../../lib/adapters/dynamodb/operations-store.ts';
import type { DynamoStores } from '../../../lib/adapters/dynamodb/dynamodb.ts';
import { tableOf, type TableAddresses } from '../../../lib/adapters/dynamodb/tables.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { connectLocal, freshTables, openTables } from '../../support/dynamodb-tables.ts';
import { contextStoreSuite } from '../../contract/suites/context-store.ts';
import { ledgerStoreSuite } from '../../contract/suites/ledger-store.ts';
import { operationsStoreSuite } from '../../contract/suites/operations-store.ts';
import { rowStoreSuite } from '../../contract/suites/row-store.ts';

const endpoint = inject('dynamodb');
const connection = connectLocal(endpoint);
afterAll(() => connection.client.destroy());

/** Stores of one pipeline, as many connections as asked for, all closed together. */
const pipeline = async (): Promise<{
  readonly tables: TableAddresses;
  readonly open: () => DynamoStores;
  readonly close: () => Promise<void>;
}> => {
  const tables = await freshTables(connection);
  const opened: DynamoStores[] = [];
  return {
    tables,
    open: () => {
      const stores = openTables(endpoint, tables);
      opened.push(stores);
      return stores;
    },
    close: async () => {
      for (const stores of opened) stores.close();
    },
  };
};

rowStoreSuite('DynamoDB', async () => {
  const [ours, theirs] = [await pipeline(), await pipeline()];
  return {
    rows: ours.open().rows,
    another: async () => ours.open().rows,
    ofAnotherPipeline: async () => theirs.open().rows,
    close: async () => {
      await ours.close();
      await theirs.close();
    },
  };
});

contextStoreSuite('DynamoDB', async () => {
  const [ours, theirs] = [await pipeline(), await pipeline()];
  return {
    context: ours.open().context,
    ofAnotherPipeline: async () => theirs.open().context,
    close: async () => {
      await ours.close();
      await theirs.close();
    },
  };
});

for (const name of ['claims', 'effects'] as const)
  ledgerStoreSuite(`DynamoDB ${name}`, async () => {
    const [ours, theirs] = [await pipeline(), await pipeline()];
    return {
      ledger: ours.open()[name],
      another: async () => ours.open()[name],
      others: async () => [ours.open()[name === 'claims' ? 'effects' : 'claims'], theirs.open()[name]],
      close: async () => {
        await ours.close();
        await theirs.close();
      },
    };
  });

operationsStoreSuite('DynamoDB', async () => {
  const [ours, theirs] = [await freshTables(connection), await freshTables(connection)];
  let aheadMs = 0;
  // A minute of DynamoDB's is long; the store's own time is moved instead.
  const ahead: Connection = { ...connection, storeNow: () => epochMsOf(Date.now() + aheadMs) };
  const open = (tables: TableAddresses): DynamoOperationsStore =>
    new DynamoOperationsStore(ahead, tableOf(tables, 'operations'));
  return {
    operations: open(ours),
    another: async () => open(ours),
    ofAnotherPipeline: async () => open(theirs),
    elapse: async (ms) => {
      aheadMs += ms;
    },
    close: async () => {},
  };
});
