import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { openKafka } from '../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { program } from '../../lib/cli/commands.ts';
import { run } from '../../lib/cli/program.ts';
import { topicIn } from '../../lib/core/contract/resolved.ts';
import type { PipelineStatus } from '../../lib/ops/status/stage-status.ts';
import { wantedTopics } from '../../lib/ops/topics/wanted-topics.ts';
import { connectLocal, freshTables } from '../support/dynamodb-tables.ts';
import { commandContext, fakeTerminal } from '../support/fake-terminal.ts';
import { suiteFolder } from '../support/folder.ts';
import { metersStages } from '../support/meters-stages.ts';
import { record } from './kafka/values.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(suiteFolder(), 'nowhere');
const { contract } = metersStages.features;
const bootstrap = inject('kafka');
const dynamodb = inject('dynamodb');
const kafka = openKafka({ bootstrap: [bootstrap], clientId: 'observed-test', clock: systemClock });
const connection = connectLocal(dynamodb);
afterAll(() => {
  kafka.close();
  connection.client.destroy();
});

/** A deployment of this test alone: broker and tables are shared. */
const freshEnvironment = (): string => `observed-${randomUUID().slice(0, 8)}`;

/** A command on the shared broker, with a state folder that does not exist, neither before nor after. */
const told = async (
  environment: string,
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly err: string; readonly told: unknown }> => {
  const terminal = fakeTerminal();
  const where = ['--functions', 'test/fixtures/meters', '--state', folder, '--environment', environment];
  const argv = [...words, contract.pipeline, ...where, '--bootstrap', bootstrap, '--output', 'json'];
  const code = await run({ version: '0', ...program }, argv, commandContext(terminal, root));
  expect(existsSync(folder)).toBe(false);
  const { out, err } = terminal.written;
  return { code, err, told: JSON.parse(out) as unknown };
};

describe('without a state folder, on brokers that are named', () => {
  it('topics are planned, and created; what differs is shown and stays', async () => {
    const environment = freshEnvironment();
    const names = wantedTopics(contract, environment).map(({ name }) => name);
    interface Row {
      readonly topic: string;
      readonly state: string;
      readonly setting: string | null;
    }
    const rowsOf = (ran: { readonly told: unknown }): readonly Row[] => ran.told as readonly Row[];
    const rows = async (command: string): Promise<{ code: number; rows: readonly string[] }> => {
      const ran = await told(environment, 'topics', command);
      return { code: ran.code, rows: rowsOf(ran).map(({ topic, state }) => `${topic} ${state}`) };
    };
    const each = (state: string): readonly string[] => names.map((name) => `${name} ${state}`);
    expect(await rows('plan')).toEqual({ code: 0, rows: each('to be created') });
    for (const name of names) expect(await kafka.log.describe(name)).toBe(undefined);
    expect(await rows('apply')).toEqual({ code: 0, rows: each('created') });
    expect(await rows('plan')).toEqual({ code: 0, rows: each('ok') });

    const [drifted = ''] = names;
    await kafka.log.deleteTopic(drifted);
    await kafka.log.createTopics([
      { name: drifted, partitions: 1, retentionMs: 3_600_000, maxRecordBytes: 2_000_000 },
    ]);
    const again = await told(environment, 'topics', 'apply');
    expect(again.code).toBe(7);
    expect(again.err).toContain('nothing of them was changed');
    const drifts = rowsOf(again).filter(({ state }) => state === 'drifted');
    expect(new Set(drifts.map(({ topic }) => topic))).toEqual(new Set([drifted]));
    expect(drifts.map(({ setting }) => setting)).toEqual(
      expect.arrayContaining(['partitions', 'retention.ms']),
    );
    expect(await kafka.log.describe(drifted)).toMatchObject({ partitions: 1, retentionMs: 3_600_000 });
  });

  it('the status is that of the deployment, with its tables', async () => {
    const environment = freshEnvironment();
    await kafka.log.createTopics(wantedTopics(contract, environment));
    const topic = topicIn(environment, contract.source);
    await kafka.log.produce([record(topic, 'k', '{}')]);
    const contexts = Object.values(contract.context).map(({ source }) => topicIn(environment, source));
    const tables = Object.entries(await freshTables(connection)).map(([name, table]) => `${name}=${table}`);
    const stores = ['--dynamodb', dynamodb, '--tables', tables.join(',')];
    const ran = await told(environment, 'status', ...stores);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const status = ran.told as PipelineStatus;
    expect(status).toMatchObject({ inDoubt: 0, isPaused: false });
    expect(status.stages.map((stage) => [stage.topic, stage.lag])).toEqual([
      ...contexts.map((name) => [name, 0]),
      [topic, 1],
      [`${environment}.${contract.vectors.name}`, 0],
      [`${environment}.${contract.decisions.name}`, 0],
    ]);
  });
});
