import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import type { Finding } from '../../../lib/ops/doctor/finding.ts';
import { fakeAws } from '../../support/fake-aws.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openOpsBench } from '../../support/ops-bench.ts';
import { ordersStages } from '../../support/orders-stages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const doctor = async (
  folder: string,
  ...more: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const terminal = fakeTerminal();
  const argv = ['doctor', 'orders', '--functions', 'test/fixtures/orders', '--state', folder, ...more];
  const code = await run({ version: '0', ...program }, argv, commandContext(terminal, root));
  return { code, ...terminal.written };
};

const findings = ({ out }: { readonly out: string }): readonly Finding[] =>
  JSON.parse(out) as readonly Finding[];

const wrong = (ran: { readonly out: string }): readonly string[] =>
  findings(ran)
    .filter(({ level }) => level !== 'ok')
    .map(({ level, probe, subject }) => `${level} ${probe} ${subject}`);

describe('freshet doctor on the embedded state', () => {
  it('finds nothing to mend in a good one: exit 0', async () => {
    const { folder } = await goodBench();
    const ran = await doctor(folder);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/^Topics\n {2}ok +topic · orders-v2: as the contract wants it\n/);
    expect(ran.out).toMatch(/\n\d+ ok, 0 warnings, 0 failures\n$/);
    expect(ran.out).not.toContain('fix:');
  });

  it('shows what is wrong, what was expected and how to mend it: exit 1', async () => {
    const bench = await goodBench();
    await bench.embedded.log.deleteTopic('orders-v2.dlq');
    const ran = await doctor(bench.folder);
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(
      /\n {2}failure {2}topic · orders-v2\.dlq: no such topic\n +expected 1 partition, .*\n +fix: create it; those of a local run `npx freshet topics apply` creates/,
    );
    const json = await doctor(bench.folder, '--output', 'json');
    expect(wrong(json)).toEqual(['failure topic orders-v2.dlq']);
    const { out } = await doctor(bench.folder, '--output', 'ndjson');
    expect(`[${out.trimEnd().replaceAll('\n', ',')}]`).toBe(JSON.stringify(JSON.parse(json.out)));
  });

  it('makes no state where there is none, and says that nothing was looked at', async () => {
    const folder = join(temporaryFolder(), 'nowhere');
    const ran = await doctor(folder, '--output', 'json');
    expect(ran.code).toBe(1);
    expect(wrong(ran)).toEqual(['failure topics orders', `failure state folder ${folder}`]);
  });
});

/** A state as `freshet dev` leaves it: dead letters have one partition. */
const goodBench = async () => {
  const bench = await openOpsBench(ordersStages);
  const terminal = fakeTerminal();
  const where = ['orders', '--functions', 'test/fixtures/orders', '--state', bench.folder];
  for (const { name } of await bench.embedded.log.listTopics()) await bench.embedded.log.deleteTopic(name);
  const { contract } = ordersStages.features;
  const { name, partitions, retentionMs, maxRecordBytes } = contract.source;
  await bench.embedded.log.createTopics([{ name, partitions, retentionMs, maxRecordBytes }]);
  expect(
    await run({ version: '0', ...program }, ['topics', 'apply', ...where], commandContext(terminal, root)),
  ).toBe(0);
  return bench;
};

describe('freshet doctor at AWS', () => {
  const arn = 'arn:aws:kafka:eu-central-1:123456789012:cluster/flights/1111-2222';

  it('shows what MSK and Lambda say', async () => {
    const { folder } = await goodBench();
    const { endpoint, asked } = await fakeAws({
      [`/api/v2/clusters/${arn}`]: {
        body: {
          clusterInfo: {
            clusterName: 'flights',
            state: 'ACTIVE',
            serverless: { vpcConfigs: [], clientAuthentication: { sasl: { iam: { enabled: true } } } },
          },
        },
      },
      [`/v1/clusters/${arn}/bootstrap-brokers`]: { body: { bootstrapBrokerStringSaslIam: 'b-1:9098' } },
      '/2016-08-19/account-settings': {
        body: { AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } },
      },
      '/2015-03-31/event-source-mappings': { body: { EventSourceMappings: [] } },
    });
    for (const [name, value] of Object.entries({
      AWS_ENDPOINT_URL_KAFKA: endpoint,
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
    }))
      vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const ran = await doctor(folder, '--cluster-arn', arn, '--account', '--output', 'json');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(wrong(ran)).toEqual(['warning concurrent executions orders']);
    expect(findings(ran).filter(({ area }) => area === 'msk')).toHaveLength(3);
    expect(asked).toHaveLength(4);
  });

  it.each([
    [['--cluster-arn', 'flights'], '--cluster-arn: got "flights"'],
    [['--tables', 'rows'], '--tables: got "rows"'],
  ])('refuses %j: exit 2', async (more, message) => {
    const { code, err } = await doctor(temporaryFolder(), ...more);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('wants a region for --account: exit 2', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, err } = await doctor(temporaryFolder(), '--account');
    expect(code).toBe(2);
    expect(err).toContain('got --account and no region');
  });
});
