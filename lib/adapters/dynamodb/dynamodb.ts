import type { ContextStore, OperationsStore, RowStore } from '../../core/ports/stores.ts';
import { connect, type ClientOptions, type Connection } from './client.ts';
import { DynamoContextStore } from './context-store.ts';
import { DynamoLedgerStore } from './ledger-store.ts';
import { DynamoOperationsStore } from './operations-store.ts';
import { DynamoRowStore } from './row-store.ts';
import { tableOf, type TableAddresses } from './tables.ts';

export interface DynamoOptions extends ClientOptions {
  readonly tables: TableAddresses;
  /** By context: how long observations are kept. */
  readonly historyMs: Readonly<Record<string, number>>;
}

/** Every store that DynamoDB serves. One is made at its first use: a stage has the tables that it needs and no others. */
export interface DynamoStores {
  readonly rows: RowStore;
  readonly context: ContextStore;
  readonly claims: DynamoLedgerStore;
  readonly effects: DynamoLedgerStore;
  readonly operations: OperationsStore;
  readonly connection: Connection;
  readonly close: () => void;
}

/** Opens the stores of a pipeline over one client. */
export const openDynamoDb = (options: DynamoOptions): DynamoStores => {
  const connection = connect(options);
  const { tables, historyMs } = options;
  return {
    get rows() {
      return new DynamoRowStore(connection, tableOf(tables, 'rows'));
    },
    get context() {
      return new DynamoContextStore(connection, tableOf(tables, 'context'), historyMs);
    },
    get claims() {
      return new DynamoLedgerStore(connection, tableOf(tables, 'claims'));
    },
    get effects() {
      return new DynamoLedgerStore(connection, tableOf(tables, 'effects'));
    },
    get operations() {
      return new DynamoOperationsStore(connection, tableOf(tables, 'operations'));
    },
    connection,
    close: () => connection.client.destroy(),
  };
};
