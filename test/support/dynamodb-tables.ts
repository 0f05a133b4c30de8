import { randomUUID } from 'node:crypto';
import { connect, type Connection } from '../../lib/adapters/dynamodb/client.ts';
import { createTables } from '../../lib/adapters/dynamodb/create-tables.ts';
import { openDynamoDb, type DynamoStores } from '../../lib/adapters/dynamodb/dynamodb.ts';
import type { TableAddresses } from '../../lib/adapters/dynamodb/tables.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { tableNames } from '../../lib/core/contract/tables.ts';
import { epochMsOf, type EpochMs } from '../../lib/core/units.ts';
import { localCredentials, localRegion } from '../services/dynamodb-local.ts';

/** How long tests that have no invocation may try a throttled call, ms. */
const patienceMs = 10_000;

export const connectLocal = (endpoint: string, deadline?: () => EpochMs): Connection =>
  connect({
    endpoint,
    region: localRegion,
    credentials: localCredentials,
    clock: systemClock,
    deadline: deadline ?? (() => epochMsOf(Date.now() + patienceMs)),
  });

/** Tables of a pipeline of their own. */
export const freshTables = async (connection: Connection): Promise<TableAddresses> => {
  const prefix = `suite-${randomUUID()}`;
  const tables = Object.fromEntries(tableNames.map((name) => [name, `${prefix}-${name}`]));
  await createTables(connection.client, tables, systemClock);
  return tables;
};

export const openTables = (endpoint: string, tables: TableAddresses): DynamoStores =>
  openDynamoDb({
    endpoint,
    region: localRegion,
    credentials: localCredentials,
    clock: systemClock,
    deadline: () => epochMsOf(Date.now() + patienceMs),
    tables,
    historyMs: {},
  });
