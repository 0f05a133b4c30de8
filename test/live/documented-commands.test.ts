import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ciCommands, notRunByCi } from '../support/ci-commands.ts';
import { documentedCommands, filledIn, stale } from '../support/documented-commands.ts';
import { engineCommands } from '../support/engine-commands.ts';
import { failureOf, runInShell } from '../support/shell-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('the commands of README and docs', () => {
  const documented = documentedCommands(root);

  it('are those that are listed here, and no older ones', () => {
    expect(stale(documented, [...Object.keys(engineCommands), ...Object.keys(ciCommands)])).toEqual([]);
  });

  it('are run by .ci/run as steps of its own, where they are said to be', () => {
    const { scripts } = JSON.parse(read('package.json')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    expect(notRunByCi({ run: read('.ci/run'), scripts })).toEqual([]);
  });

  it.each(Object.entries(engineCommands))('%s', { timeout: 60_000 }, async (command, prepare) => {
    const { more, values } = await prepare();
    expect(failureOf(await runInShell(`${filledIn(command, values)} ${more}`))).toBe('');
  });
});
