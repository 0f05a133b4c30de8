import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ciCommands, integrationCommands } from '../../../test/support/ci-commands.ts';
import { Debugger } from '../../../test/support/debugger.ts';
import { documentedCommands, filledIn, stale, unclaimed } from '../../../test/support/documented-commands.ts';
import { engineCommands } from '../../../test/support/engine-commands.ts';
import { copyProject } from '../../../test/support/project-copy.ts';
import { failureOf, runInShell } from '../../../test/support/shell-command.ts';
import { closedPort } from '../../../test/support/taken-port.ts';
import { tutorialCommands } from '../../../test/support/tutorial-page.ts';

const root = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'freshet-readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the project, in which the flights are the only pipeline: the pages name none where there is no other. */
const project = join(folder, 'project');
mkdirSync(project);
copyProject(project);
for (const name of readdirSync(join(project, 'functions')))
  if (name !== 'departure-delay') rmSync(join(project, 'functions', name), { recursive: true });

const here = `--state ${join(folder, 'run')}`;
const hours = '--from 2013-01-01T20:00:00Z --to 2013-01-01T22:00:00Z';

/**
 * Commands of README and docs about the flights, in the order in which they are run: each as it stands, with this behind it: a
 * state folder of its own, and less data. The later of two equal options counts.
 */
const flightsCommands: Readonly<Record<string, string>> = {
  'npx freshet dev --fast --once --reset': `${here} ${hours}`,
  'npx freshet pause action': here,
  'npx freshet resume action': here,
  'npx freshet effects list': here,
  'npx freshet dlq list': here,
  'npx freshet status': here,
  'npx freshet doctor': here,
  'npx freshet topics plan': here,
  'npm start -- --speed 60000 --from 2013-01-10 --state .freshet/later': `--to 2013-01-10T06:00:00Z --once --state ${join(folder, 'later')}`,
  'npm start -- --watch': `${here} ${hours} --once --reset`,
  'npx freshet contract check': '',
};

const train = 'npm run train';
const inspect = 'npm start -- --inspect features';

describe('the commands of README and docs', () => {
  const documented = documentedCommands(root);
  const commands = [...Object.keys(flightsCommands), train, inspect];

  it('are all run: by the tests of the flights, by those of the engine, or by CI', () => {
    const lists = {
      'flightsCommands in functions/departure-delay/test/readme.test.ts, where it is about the flights':
        commands,
      'engineCommands in test/support/engine-commands.ts, where it is not': Object.keys(engineCommands),
      'ciCommands in test/support/ci-commands.ts, where .ci/run has a step for it': Object.keys(ciCommands),
      'integrationCommands in test/support/ci-commands.ts, where it needs a broker':
        Object.keys(integrationCommands),
      'docs/tutorial.md, whose commands test/new/tutorial.test.ts runs': tutorialCommands(root),
    };
    expect(unclaimed(documented, lists)).toEqual([]);
    expect(stale(documented, commands)).toEqual([]);
  });

  it.each(Object.entries(flightsCommands))('%s', { timeout: 60_000 }, async (command, more) => {
    expect(failureOf(await runInShell(`${filledIn(command, {})} ${more}`, project))).toBe('');
  });

  it(`${inspect}, which waits for a debugger`, { timeout: 60_000 }, async () => {
    const port = await closedPort();
    const more = `${here} ${hours} --once --reset --inspect features=${port}`;
    const run = runInShell(`${inspect} ${more}`, project);
    const debug = await Debugger.attachTo(port);
    await debug.letRun();
    expect(failureOf(await run)).toBe('');
  });

  it(`${train}, which writes the model as it is`, { timeout: 60_000 }, async () => {
    const model = 'functions/departure-delay/model.json';
    rmSync(join(project, model));
    expect(failureOf(await runInShell(train, project))).toBe('');
    expect(readFileSync(join(project, model), 'utf8')).toBe(readFileSync(join(root, model), 'utf8'));
  });
});
