import { until } from '../faults/waiting.ts';
import type { DynamoDbLocal } from '../services/dynamodb-local.ts';
import { connectLocal, freshTables } from './dynamodb-tables.ts';

/** Its first tables take a cold DynamoDB Local longer than a client waits on a busy machine: that is none of the tests. */
export const warmDynamoDb = async ({ endpoint }: DynamoDbLocal): Promise<void> => {
  const connection = connectLocal(endpoint);
  try {
    await until('DynamoDB Local to make tables', () =>
      freshTables(connection).then(
        () => true,
        () => false,
      ),
    );
  } finally {
    connection.client.destroy();
  }
};
