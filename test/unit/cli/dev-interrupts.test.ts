import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const again = (file: string): string => `export * from '${root}/test/fixtures/orders/${file}.ts';`;

/** `freshet dev` on stages that cannot be bundled, as they cannot where the bundler was interrupted. */
const dev = async (interrupts: number): Promise<{ readonly code: number; readonly err: string }> => {
  const functions = temporaryFolder({
    'orders/contract.ts': again('contract'),
    'orders/recording.ts': again('recording'),
    'orders/features.ts': again('missing'),
    'orders/inference.ts': again('inference'),
    'orders/action.ts': again('action'),
  });
  const terminal = fakeTerminal();
  const argv = ['dev', '--once', '--functions', functions, '--state', temporaryFolder()];
  const code = await run({ version: '0', ...program }, argv, {
    ...commandContext(terminal, root),
    onInterrupt: (listener) => {
      for (let count = 1; count <= interrupts; count += 1) listener(count);
      return () => {};
    },
  });
  expect(terminal.written.out).toBe('');
  return { code, err: terminal.written.err };
};

it('a run that cannot begin says why', async () => {
  const { code, err } = await dev(0);
  expect(code).toBe(1);
  expect(err).toContain('features cannot be bundled');
});

it('a Ctrl-C before the run begins is no fault of the bundles that it cut short', async () => {
  expect(await dev(1)).toEqual({
    code: 130,
    err: 'stopped at once; called again, it goes on where it was stopped\n',
  });
});
