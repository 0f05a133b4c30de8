import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { program } from '../../../lib/cli/commands.ts';
import { run } from '../../../lib/cli/program.ts';
import { commandContext, fakeTerminal } from '../../support/fake-terminal.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { settledText } from '../../support/settled-text.ts';
import { takenPort } from '../../support/taken-port.ts';

/** `freshet dev` on the orders, which must not begin. */
const refused = async (
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly err: string }> => {
  const terminal = fakeTerminal();
  const argv = ['dev', '--functions', 'test/fixtures/orders', '--fast', '--once', ...args];
  const code = await run({ ...program, version: '0.0.0' }, argv, commandContext(terminal));
  const { out, err } = terminal.written;
  expect(out).toBe('');
  expect(settledText(err)).toMatchSnapshot();
  return { code, err };
};

// What takes a process, of its own or beside one, is in test/e2e/bad-input.test.ts.
describe('freshet dev refuses what cannot be played, with exit code 1:', () => {
  it('a folder without a recording', async () => {
    const state = join(temporaryFolder(), 'state');
    const { code, err } = await refused('--state', state, '--input', temporaryFolder());
    expect(code).toBe(1);
    expect(err).toContain('^orders');
    expect(existsSync(state)).toBe(false);
  });

  it('a state folder that is a file', async () => {
    const folder = temporaryFolder({ state: '' });
    const { code, err } = await refused('--state', join(folder, 'state'));
    expect(code).toBe(1);
    expect(err).toContain('--state');
  });

  it('a state folder of another version', async () => {
    const folder = temporaryFolder();
    const database = new DatabaseSync(join(folder, 'freshet.db'));
    database.exec(
      "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL); INSERT INTO meta VALUES ('schema', '999')",
    );
    database.close();
    const { code, err } = await refused('--state', folder);
    expect(code).toBe(1);
    expect(err).toContain('999');
    expect(err).toContain('--reset');
  });

  it('a port that is in use', async () => {
    const port = await takenPort();
    const { code, err } = await refused('--state', temporaryFolder(), '--port', String(port));
    expect(code).toBe(1);
    expect(err).toContain(`--port: got ${port} (in use`);
  });
});
