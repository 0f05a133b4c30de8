import { chmodSync, cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { asNobody, type NobodysEnd } from '../support/as-nobody.ts';
import { temporaryFolder } from '../support/folder.ts';
import { devReport } from '../support/freshet-process.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const from = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);

/** A pipeline that nobody can read, wherever the project lies. */
const functions = (): string => {
  const folder = temporaryFolder(
    Object.fromEntries(
      ['contract', 'features', 'inference', 'action', 'recording'].map((name) => [
        `orders/${name}.ts`,
        `export * from ${from(`test/fixtures/orders/${name}.ts`)};`,
      ]),
    ),
  );
  chmodSync(folder, 0o755);
  return folder;
};

/** The recording, beside the pipeline: the project itself may lie in a folder that only its owner reads. */
const input = (): string => {
  const folder = temporaryFolder();
  cpSync(join(root, 'test/fixtures/orders/data'), folder, { recursive: true });
  everybodys(folder);
  return folder;
};

/** The whole program, called by somebody whom file modes bind. */
const freshetAsNobody = (pipelines: string, ...args: readonly string[]): NobodysEnd =>
  asNobody(
    [
      `import { program } from ${from('lib/cli/commands.ts')};`,
      `import { run } from ${from('lib/cli/program.ts')};`,
      `import { processTerminal } from ${from('lib/cli/process-terminal.ts')};`,
      `import ${JSON.stringify(join(pipelines, 'orders/contract.ts'))};`,
      `import ${JSON.stringify(join(pipelines, 'orders/recording.ts'))};`,
    ].join('\n'),
    `process.exitCode = await run(
       { version: '0', ...program },
       ${JSON.stringify([...args, '--functions', pipelines])},
       { root: ${JSON.stringify(root)}, terminal: processTerminal(), onInterrupt: () => () => {} },
     );`,
  );

const everybodys = (folder: string): void => {
  for (const path of [...readdirSync(folder, { recursive: true, encoding: 'utf8' }), '.'])
    chmodSync(join(folder, path), statSync(join(folder, path)).isDirectory() ? 0o777 : 0o666);
};

it('freshet dev in a folder that is not writable says so, and exits with 1', () => {
  const parent = temporaryFolder();
  chmodSync(parent, 0o555);
  const args = ['dev', '--once', '--input', input(), '--state', join(parent, 'state')];
  const { code, out, err } = freshetAsNobody(functions(), ...args);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('error: The state folder cannot be used.\n  --state: got ');
  expect(err).toContain('which cannot be made (EACCES');
  expect(err).toContain('next:  npx freshet dev --help');
});

it('a state that is not writable is left as it is, and goes on once it is', async () => {
  const folder = temporaryFolder();
  const pipelines = functions();
  const recorded = ['--fast', '--input', input()];
  const play = () => devReport('--functions', 'test/fixtures/orders', '--state', folder, ...recorded);
  const before = await play();
  everybodys(folder);
  for (const file of ['freshet.db', 'receiver.ndjson']) chmodSync(join(folder, file), 0o444);
  const refused = freshetAsNobody(pipelines, 'dev', '--once', ...recorded, '--state', folder);
  expect({ code: refused.code, out: refused.out }).toEqual({ code: 1, out: '' });
  expect(refused.err).toContain('in which freshet.db, receiver.ndjson cannot be read and written; expected ');
  const listed = freshetAsNobody(pipelines, 'effects', 'list', '--state', folder);
  expect({ code: listed.code, out: listed.out }).toEqual({ code: 1, out: '' });
  expect(listed.err).toContain('freshet.db cannot be opened (attempt to write a readonly database)');

  everybodys(folder);
  const { stages, effects, receiver, balanced } = await play();
  expect(balanced).toBe(true);
  expect({ effects, receiver }).toEqual({ effects: before.effects, receiver: before.receiver });
  expect(stages['action']?.verdicts).toEqual(before.stages['action']?.verdicts);
});
