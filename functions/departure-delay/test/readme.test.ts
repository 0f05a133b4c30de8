import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))].filter(
  (name) => name.endsWith('.md'),
);

/** The commands of a page: the lines of its `sh` blocks. */
const commandsOf = (page: string): readonly string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) =>
    (block ?? '').split('\n').filter((line) => line !== ''),
  );

const commands = [...new Set(pages.flatMap(commandsOf))];
const state = mkdtempSync(join(tmpdir(), 'freshet-readme-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));

const here = ['--state', join(state, 'run')];
const hours = ['--from', '2013-01-01T20:00:00Z', '--to', '2013-01-01T22:00:00Z'];

/** How a page's command is run here: the same command, on a folder of its own and on less data. Nothing else is left out. */
const cases: Readonly<Record<string, readonly string[]>> = {
  'npx freshet dev --fast --once --reset': [
    'bin/freshet.mjs',
    'dev',
    '--fast',
    '--once',
    '--reset',
    ...here,
    ...hours,
  ],
  'npx freshet dev --functions test/fixtures/meters --fast --once': [
    'bin/freshet.mjs',
    'dev',
    '--functions',
    'test/fixtures/meters',
    '--fast',
    '--once',
    '--state',
    join(state, 'meters'),
  ],
  'npm start -- --speed 60000 --from 2013-01-10 --state .freshet/later': [
    'bin/freshet.mjs',
    'dev',
    '--speed',
    '60000',
    '--from',
    '2013-01-10',
    '--to',
    '2013-01-10T06:00:00Z',
    '--once',
    '--state',
    join(state, 'later'),
  ],
  'npx freshet contract check': ['bin/freshet.mjs', 'contract', 'check'],
  'npx freshet pause action': ['bin/freshet.mjs', 'pause', 'action', ...here],
  'npx freshet resume action': ['bin/freshet.mjs', 'resume', 'action', ...here],
  'npx freshet effects list': ['bin/freshet.mjs', 'effects', 'list', ...here],
  'npx freshet dlq list': ['bin/freshet.mjs', 'dlq', 'list', ...here],
  'npm run simulate -- --runs 2000 --seed 1': ['test/simulation/simulate.ts', '--runs', '50', '--seed', '1'],
};

/** These are run by `.ci/run` itself, for they install, or run all tests. */
const runByCi = ['npm ci && npm start', 'npm ci && npm test', 'npx cdk synth --quiet'];

describe('the commands of README and docs', () => {
  it('are all run, here or by .ci/run', () => {
    expect(commands.toSorted()).toEqual([...Object.keys(cases), ...runByCi].toSorted());
    const ci = readFileSync(join(root, '.ci/run'), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    expect(ci).toContain('npm ci');
    expect(ci).toContain('npm start');
    expect(ci).toMatch(/synth/);
    expect(scripts).toMatchObject({
      start: 'node bin/freshet.mjs dev',
      simulate: 'node test/simulation/simulate.ts',
      synth: 'cdk synth --quiet',
    });
  });

  it.each(Object.entries(cases))('%s', { timeout: 60_000 }, (_, args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect({ status, said: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
  });
});
