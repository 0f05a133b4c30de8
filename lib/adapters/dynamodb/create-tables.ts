import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  type AttributeDefinition,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { tableShape, timeToLiveAttribute, type TableName } from '../../core/contract/tables.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { TransientError } from '../../core/errors.ts';
import { tableOf, type TableAddresses } from './tables.ts';

/** How long a new table may take until it is there, and how often it is asked. */
const readyTimeoutMs = 60_000;
const pollMs = 200;

/**
 * Creates what is missing of a pipeline's tables, as the deployment would, for a run on a laptop. What exists stays as it is.
 *
 * @returns the names of those that were created
 * @throws {TransientError} `STORE_UNAVAILABLE` where a table is not ready in time
 */
export const createTables = async (
  client: DynamoDBClient,
  tables: TableAddresses,
  clock: Clock,
): Promise<readonly string[]> => {
  const created: string[] = [];
  for (const name of Object.keys(tables) as readonly TableName[]) {
    const table = tableOf(tables, name);
    if (await isThere(client, table)) continue;
    try {
      await client.send(new CreateTableCommand(definitionOf(name, table)));
      created.push(table);
    } catch (thrown) {
      // Another run creates it at this moment.
      if (!(thrown instanceof ResourceInUseException)) throw thrown;
    }
    await untilReady(client, table, clock);
    if (tableShape(name).expires && created.includes(table))
      await client.send(
        new UpdateTimeToLiveCommand({
          TableName: table,
          TimeToLiveSpecification: { AttributeName: timeToLiveAttribute, Enabled: true },
        }),
      );
  }
  return created;
};

const isThere = async (client: DynamoDBClient, table: string): Promise<boolean> => {
  try {
    await client.send(new DescribeTableCommand({ TableName: table }));
    return true;
  } catch (thrown) {
    if (thrown instanceof ResourceNotFoundException) return false;
    throw thrown;
  }
};

const untilReady = async (client: DynamoDBClient, table: string, clock: Clock): Promise<void> => {
  const giveUpAt = clock.now() + readyTimeoutMs;
  while (clock.now() < giveUpAt) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    if (Table?.TableStatus === 'ACTIVE') return;
    await clock.timer(pollMs).elapsed;
  }
  throw new TransientError('STORE_UNAVAILABLE', {
    message: `table ${table} is not ACTIVE after ${readyTimeoutMs / 1_000} s; see its status in the console, and start again`,
  });
};

const definitionOf = (name: TableName, table: string): CreateTableCommandInput => {
  const { partitionKey, sortKey, index } = tableShape(name);
  const keys: readonly { readonly name: string; readonly type: 'text' | 'number' }[] = [
    { name: partitionKey, type: 'text' },
    ...(sortKey ? [sortKey] : []),
    ...(index ? [{ name: index.partitionKey, type: 'text' as const }, index.sortKey] : []),
  ];
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map((key): AttributeDefinition => ({
      AttributeName: key.name,
      AttributeType: key.type === 'number' ? 'N' : 'S',
    })),
    KeySchema: keySchema(partitionKey, sortKey?.name),
    ...(index
      ? {
          GlobalSecondaryIndexes: [
            {
              IndexName: index.name,
              KeySchema: keySchema(index.partitionKey, index.sortKey.name),
              Projection: { ProjectionType: 'KEYS_ONLY' },
            },
          ],
        }
      : {}),
  };
};

const keySchema = (
  partitionKey: string,
  sortKey: string | undefined,
): NonNullable<CreateTableCommandInput['KeySchema']> => [
  { AttributeName: partitionKey, KeyType: 'HASH' },
  ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
];
