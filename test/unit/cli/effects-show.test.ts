import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { idempotencyKey } from '../../../lib/core/identity.ts';
import { claim } from '../../../lib/core/ledger/transitions.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { claimedItem } from '../../support/ledger-arbitrary.ts';
import { openOpsBench } from '../../support/ops-bench.ts';
import { ordersStages } from '../../support/orders-stages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

it.each(['', ' --reveal'])('freshet effects show%s says where a large request lies', async (reveal) => {
  const bench = await openOpsBench(ordersStages);
  const payload = { key: 'orders/action/k/d', bytes: 500_000, sha256: '0123456789abcdef'.repeat(4) };
  const item = claimedItem('k', { work: { kind: 'run', request: '', payload } });
  await bench.embedded.effects.apply([{ key: 'k', transition: claim(item) }]);
  const terminal = fakeTerminal({});
  const command = `effects show ${idempotencyKey('orders', 'k')} orders${reveal} --output json`;
  const argv = [...command.split(' '), '--functions', 'test/fixtures/orders', '--state', bench.folder];
  expect(await run({ version: '0', ...program }, argv, commandContext(terminal, root))).toBe(0);
  expect(JSON.parse(terminal.written.out)).toMatchObject({
    request: '500000 bytes, in the payload store: orders/action/k/d',
  });
});
