import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openOpsBench, type OpsBench } from '../../support/ops-bench.ts';
import { ordersStages, placed } from '../../support/orders-stages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const freshet = async (
  { folder }: Pick<OpsBench, 'folder'>,
  line: string,
  onInterrupt?: (listener: (count: number) => void) => () => void,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const terminal = fakeTerminal({});
  const argv = [...line.split(' '), 'orders', '--functions', 'test/fixtures/orders', '--state', folder];
  const context = commandContext(terminal, root);
  const code = await run(
    { version: '0', ...program },
    argv,
    onInterrupt ? { ...context, onInterrupt } : context,
  );
  return { code, ...terminal.written };
};

describe('freshet status', () => {
  it('shows each stage, and the partitions that are behind', async () => {
    const bench = await openOpsBench(ordersStages);
    await bench.publish('placed', 'a', placed('a'));
    const { code, out, err } = await freshet(bench, 'status');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^orders {2}· {2}\d{4}-\d\d-\d\dT[\d:.]+Z {2}· {2}0 effects in doubt\n/);
    expect(out).toMatch(/\n {2}features +(?:OK|WARN) +1 /);
    expect(out).toMatch(/\n {4}partition \d+ +1 /);
    expect(out).toMatch(/\n {2}action +OK +0 +0 ms +0\.0 +0\n/);
  });

  it('watches until it is interrupted, a line for each look', async () => {
    const bench = await openOpsBench(ordersStages);
    let released = 0;
    const { code, out } = await freshet(bench, 'status --watch --every 3600 --output ndjson', (listener) => {
      setImmediate(() => listener(1));
      return () => (released += 1);
    });
    expect(code).toBe(0);
    const looks = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly stages: object[] });
    expect(looks).toHaveLength(1);
    expect(looks[0]?.stages).toHaveLength(3);
    expect(released).toBe(1);
  });
});

describe('the deployment that is looked at', () => {
  const outcomes = ordersStages.features.contract.outcomes.name;

  it('is the one that is named: its topics and groups, not those of the local run', async () => {
    const bench = await openOpsBench(ordersStages);
    expect((await freshet(bench, 'topics plan --environment staging')).out).toMatch(
      new RegExp(`\nstaging\\.${outcomes} +to be created`),
    );
    expect((await freshet(bench, 'topics apply --environment staging')).out).toMatch(
      new RegExp(`\nstaging\\.${outcomes} +created`),
    );
    expect(await bench.embedded.log.describe(`staging.${outcomes}`)).toMatchObject({
      name: `staging.${outcomes}`,
    });
    const { out } = await freshet(bench, 'status --environment staging --output json');
    const { stages } = JSON.parse(out) as { readonly stages: readonly Readonly<Record<string, string>>[] };
    for (const { topic, group } of stages.slice(1)) {
      expect(topic).toMatch(/^staging\./);
      expect(group).toMatch(/^staging/);
    }
  });

  it.each([
    ['topics plan', 'or name brokers with `--bootstrap`'],
    ['topics apply', 'or name brokers with `--bootstrap`'],
    ['topics plan --dynamodb http://127.0.0.1:1', 'or name brokers with `--bootstrap`'],
    ['status', 'or name brokers with `--bootstrap` and stores with `--dynamodb`'],
    ['status --dynamodb http://127.0.0.1:1', 'or name brokers with `--bootstrap`'],
    ['status --bootstrap 127.0.0.1:1', 'or name the stores with `--dynamodb`'],
  ])('needs a state folder for what is embedded, and makes none: %s', async (line, wayOut) => {
    const folder = join(temporaryFolder(), 'nowhere');
    const { code, out, err } = await freshet({ folder }, line);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`${folder}, which does not exist`);
    expect(err).toContain(wayOut);
    expect(existsSync(folder)).toBe(false);
  });

  it('needs the tables that are looked at, where some are named: exit 2', async () => {
    const folder = join(temporaryFolder(), 'nowhere');
    const line = 'status --bootstrap 127.0.0.1:1 --dynamodb http://127.0.0.1:1 --tables rows=prod-rows';
    const { code, err } = await freshet({ folder }, line);
    expect(code).toBe(2);
    expect(err).toContain('--tables: got names for rows, expected effects=<table> and operations=<table>');
  });
});

describe('freshet topics', () => {
  it('plans and changes nothing, applies what is missing, and then has nothing to do', async () => {
    const bench = await openOpsBench(ordersStages);
    const { outcomes } = ordersStages.features.contract;
    const name = `dev.${outcomes.name}`;
    await bench.embedded.log.deleteTopic(name);
    expect((await freshet(bench, 'topics plan')).out).toMatch(new RegExp(`\n${name} +to be created`));
    expect(await bench.embedded.log.describe(name)).toBe(undefined);
    const applied = await freshet(bench, 'topics apply');
    expect(applied.out).toMatch(new RegExp(`\n${name} +created`));
    expect(await bench.embedded.log.describe(name)).toMatchObject({ partitions: outcomes.partitions });
    expect((await freshet(bench, 'topics plan')).out).not.toContain('created');
  });

  it('shows what drifted and how to mend it, and exits with 7', async () => {
    const bench = await openOpsBench(ordersStages);
    const name = `dev.${ordersStages.features.contract.outcomes.name}`;
    await bench.embedded.log.deleteTopic(name);
    await bench.embedded.log.createTopics([{ name, partitions: 1, retentionMs: 5, maxRecordBytes: 5 }]);
    const { code, out, err } = await freshet(bench, 'topics apply --output json');
    expect(code).toBe(7);
    expect(err).toContain('nothing of them was changed');
    const rows = JSON.parse(out) as readonly { readonly topic: string; readonly setting: string }[];
    expect(rows.filter(({ topic }) => topic === name).map(({ setting }) => setting)).toEqual([
      'partitions',
      'retention.ms',
      'max.message.bytes',
    ]);
    expect(await bench.embedded.log.describe(name)).toMatchObject({ partitions: 1, retentionMs: 5 });
  });
});
