import { CreateTableCommand, DeleteTableCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTables } from '../../../lib/adapters/dynamodb/create-tables.ts';
import { tableOf, type TableAddresses } from '../../../lib/adapters/dynamodb/tables.ts';
import { openKafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { tableNames } from '../../../lib/core/contract/tables.ts';
import type { Finding } from '../../../lib/ops/doctor/finding.ts';
import { wantedTopics, type WantedTopic } from '../../../lib/ops/topics/wanted-topics.ts';
import { connectLocal } from '../../support/dynamodb-tables.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { metersStages } from '../../support/meters-stages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const bootstrap = inject('kafka');
const dynamodb = inject('dynamodb');

/** Topics and tables of this file alone: the broker is shared. */
const environment = `doctor-${randomUUID().slice(0, 8)}`;
const { contract } = metersStages.features;
const wanted = wantedTopics(contract, environment);
const tables: TableAddresses = Object.fromEntries(
  tableNames.map((name) => [name, `${environment}-${contract.pipeline}-${name}`]),
);

const kafka = openKafka({ bootstrap: [bootstrap], clientId: 'doctor-test', clock: systemClock });
const connection = connectLocal(dynamodb);

beforeAll(async () => {
  await Promise.all([kafka.log.createTopics(wanted), createTables(connection.client, tables, systemClock)]);
});
afterAll(() => {
  kafka.close();
  connection.client.destroy();
});

const doctor = async (
  ...more: readonly string[]
): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> => {
  const terminal = fakeTerminal();
  const argv = [
    'doctor',
    contract.pipeline,
    '--functions',
    'test/fixtures/meters',
    '--state',
    temporaryFolder(),
    '--bootstrap',
    bootstrap,
    '--dynamodb',
    dynamodb,
    '--environment',
    environment,
    '--output',
    'json',
    ...more,
  ];
  const code = await run({ version: '0', ...program }, argv, commandContext(terminal, root));
  expect(terminal.written.err).toBe('');
  return { code, findings: JSON.parse(terminal.written.out) as readonly Finding[] };
};

const textOf = ({ level, probe, subject }: Finding): string => `${level} ${probe} · ${subject}`;

/** What is not ok, beside what is never right of a broker that is alone and has no authorizer. */
const wrong = async (): Promise<readonly string[]> =>
  (await doctor()).findings
    .filter(({ level }) => level !== 'ok')
    .map(textOf)
    .filter((text) => !unavoidable.includes(text));

const unavoidable = [`warning connection · ${bootstrap}`, 'warning authorizer · cluster'];

const source = wanted.find(({ name }) => name === `${environment}.${contract.source.name}`);
if (source === undefined) throw new Error('a contract without a source');

/** The topic is replaced by another for as long as `work` takes. */
const withTopic = async (topic: WantedTopic | undefined, work: () => Promise<void>): Promise<void> => {
  await kafka.log.deleteTopic(source.name);
  if (topic !== undefined) await kafka.log.createTopics([topic]);
  try {
    await work();
  } finally {
    if (topic !== undefined) await kafka.log.deleteTopic(source.name);
    await kafka.log.createTopics([source]);
  }
};

describe('a real broker and a real DynamoDB', () => {
  it('that are good are ok, but for what one broker cannot be: exit 0', async () => {
    const { code, findings } = await doctor();
    expect(code).toBe(0);
    expect(findings.filter(({ level }) => level !== 'ok').map(textOf)).toEqual(unavoidable);
    const subjects = findings.map(({ subject }) => subject);
    for (const name of [...wanted.map((topic) => topic.name), ...Object.values(tables)])
      expect(subjects).toContain(name);
    expect(findings.find(({ probe }) => probe === 'version')?.got).toMatch(/^Kafka 4\.3 or later/);
    expect(findings.filter(({ area }) => area === 'clocks')).toHaveLength(2);
  });

  it('that let anybody in show it, whatever --auth is called', async () => {
    const folder = temporaryFolder({ 'client.properties': 'security.protocol=PLAINTEXT\n' });
    const { findings } = await doctor('--auth', `properties:${join(folder, 'client.properties')}`);
    expect(findings.find(({ probe }) => probe === 'authentication')).toMatchObject({
      subject: '--auth properties',
      got: 'neither encryption nor authentication; brokers of this machine alone',
    });
  });

  it.each<[string, Partial<WantedTopic>, string]>([
    ['retention too short', { retentionMs: 3_600_000 }, 'failure retention.ms'],
    ['segments too long', { segmentMs: 30 * 86_400_000 }, 'failure segment.ms'],
    ['partitions too few', { partitions: 1 }, 'warning partitions'],
  ])('with %s show exactly that', async (_, change, expected) => {
    await withTopic({ ...source, ...change }, async () => {
      expect(await wrong()).toEqual([`${expected} · ${source.name}`]);
    });
  });

  it('without a topic show that, and what could not be looked at for it: exit 1', async () => {
    await withTopic(undefined, async () => {
      const { code, findings } = await doctor();
      expect(code).toBe(1);
      expect(findings.filter(({ level }) => level === 'failure').map(textOf)).toEqual([
        `failure topic · ${source.name}`,
      ]);
      expect(findings.filter(({ got }) => got.startsWith('not probed')).map(textOf)).toEqual([
        `warning offsets by time · ${source.name}`,
        'warning access control · features',
      ]);
    });
  });

  it('with time to live off show exactly that', async () => {
    const TableName = tableOf(tables, 'claims');
    await setTimeToLive(TableName, false);
    try {
      expect(await wrong()).toEqual([`warning time to live · ${TableName}`]);
    } finally {
      await setTimeToLive(TableName, true);
    }
  });

  it('with a table that has another key show exactly that', async () => {
    const TableName = tableOf(tables, 'rows');
    await connection.client.send(new DeleteTableCommand({ TableName }));
    await connection.client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    expect(await wrong()).toEqual([`failure keys · ${TableName}`]);
  });
});

const setTimeToLive = (TableName: string, Enabled: boolean) =>
  connection.client.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled },
    }),
  );
