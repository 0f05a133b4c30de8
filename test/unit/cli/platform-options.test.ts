import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { environmentKeys, stubAws, workKeys } from '../../support/aws-profiles.ts';
import { startDownstream } from '../../support/downstream.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { openOpsBench } from '../../support/ops-bench.ts';
import { ordersStages } from '../../support/orders-stages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const arn = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:x-AbCdEf';

it.each([
  ['dev', '--once --output json'],
  ['doctor', ''],
  ['status', ''],
  ['topics plan', ''],
  ['invoke features', '--at orders-v2/0/0'],
  ['dlq redrive all', ''],
])('%s asks for what it authenticates with by the profile that it is given', async (words, more) => {
  const { folder } = await openOpsBench(ordersStages);
  const refusal = JSON.stringify({ __type: 'ResourceNotFoundException' });
  const secrets = await startDownstream((response) => void response.writeHead(400).end(refusal));
  onTestFinished(() => secrets.close());
  stubAws();
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secrets.url);
  const freshet = async (...profile: readonly string[]): Promise<string> => {
    const terminal = fakeTerminal();
    const where = ['orders', '--functions', 'test/fixtures/orders', '--state', folder];
    const kafka = ['--bootstrap', '127.0.0.1:1', '--auth', `scram-512:${arn}`];
    const argv = [...words.split(' '), ...where, ...kafka, ...profile, ...more.split(' ').filter(Boolean)];
    const code = await run({ version: '0', ...program }, argv, commandContext(terminal, root));
    expect(code).toBe(1);
    expect(terminal.written.out + terminal.written.err).toContain(`the secret ${arn} cannot be read`);
    expect(terminal.written.out + terminal.written.err).not.toContain('canary');
    return secrets.seen.at(-1)?.headers.authorization ?? '';
  };
  expect(await freshet()).toContain(`Credential=${environmentKeys.AWS_ACCESS_KEY_ID}/`);
  expect(await freshet('--profile', 'work')).toContain(`Credential=${workKeys.AWS_ACCESS_KEY_ID}/`);
});
