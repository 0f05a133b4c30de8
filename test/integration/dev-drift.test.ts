import {
  CreateTableCommand,
  DeleteTableCommand,
  UpdateTimeToLiveCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTables } from '../../lib/adapters/dynamodb/create-tables.ts';
import { openKafka, type Kafka } from '../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { tableNames } from '../../lib/core/contract/tables.ts';
import { wantedTopics } from '../../lib/ops/topics/wanted-topics.ts';
import { startServices, type Services } from '../services/services.ts';
import { connectLocal } from '../support/dynamodb-tables.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runFreshet } from '../support/freshet-process.ts';
import { ordersStages } from '../support/orders-stages.ts';
import { warmDynamoDb } from '../support/warm-dynamodb.ts';

const { contract } = ordersStages.features;
const topics = wantedTopics(contract, 'dev');
const drifted = `dev.${contract.outcomes.name}`;
const tables = Object.fromEntries(tableNames.map((name) => [name, `dev-${contract.pipeline}-${name}`]));

/** Of their own: what is drifted here is what other tests run on. */
let services: Services;
let kafka: Kafka;
let client: DynamoDBClient;
beforeAll(async () => {
  services = await startServices();
  await warmDynamoDb(services.dynamodb);
  kafka = openKafka({ bootstrap: [services.kafka.bootstrap], clientId: 'drift-test', clock: systemClock });
  ({ client } = connectLocal(services.dynamodb.endpoint));
  await kafka.log.createTopics(
    topics.filter(({ name }) => name === drifted).map((topic) => ({ ...topic, retentionMs: 3_600_000 })),
  );
  await createTables(client, tables, systemClock);
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: tables['claims'],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: false },
    }),
  );
});
afterAll(async () => {
  kafka.close();
  client.destroy();
  await services.stop();
});

const dev = (): ReturnType<typeof runFreshet> => {
  const run = ['dev', '--once', '--fast', '--output', 'json'];
  const where = ['--functions', 'test/fixtures/orders', '--state', temporaryFolder()];
  const { kafka: broker, dynamodb } = services;
  return runFreshet(...run, ...where, '--bootstrap', broker.bootstrap, '--dynamodb', dynamodb.endpoint);
};

it('a run warns of what was there and differs, and leaves it so', { timeout: 180_000 }, async () => {
  const { code, err } = await dev();
  expect({ code, err }).toMatchObject({ code: 0 });
  const warnings = err.split('\n').filter((line) => line.includes('warning:'));
  expect(warnings).toEqual([
    expect.stringMatching(`warning: topic ${drifted}, retention\\.ms: got 3600000; expected \\d+\\. Fix: .+`),
    expect.stringContaining(`warning: table ${tables['claims']}, time to live: got off;`),
  ]);
  expect(await kafka.log.describe(drifted)).toMatchObject({ retentionMs: 3_600_000 });
});

it('a run does not begin with a table that has other keys', { timeout: 180_000 }, async () => {
  const TableName = tables['rows'];
  await client.send(new DeleteTableCommand({ TableName }));
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const { code, err } = await dev();
  expect(code).toBe(1);
  expect(err).toContain(`table ${TableName}, keys: got id (text); expected entity (text). Fix: delete the`);
});
