import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';

const bin = (file: string): string => fileURLToPath(new URL(`../../../bin/${file}`, import.meta.url));

/** A CLI that says which Node runs it and with what, and ends as its first argument tells. */
const cli = `
const [how, ...rest] = process.argv.slice(2);
if (how === 'exit') process.exitCode = Number(rest[0]);
if (how === 'wait') {
  // Not for ever: a test that fails must not leave it behind.
  const alive = setTimeout(() => {}, 60_000);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      console.log('drained after ' + signal);
      clearTimeout(alive);
    });
}
// Said last, for whoever hears it may send a signal.
console.log(JSON.stringify({ major: Number.parseInt(process.versions.node, 10), rest, relaunched: process.env.FRESHET_RELAUNCHED === '1' }));
`;

/** The launcher in a project of its own, with or without a Node 24 that npm brought. */
const project = ({ bundledNode }: { readonly bundledNode: boolean }): string => {
  const folder = temporaryFolder({ 'bin/freshet.ts': cli, 'package.json': '{ "type": "module" }' });
  copyFileSync(bin('freshet.mjs'), join(folder, 'bin/freshet.mjs'));
  copyFileSync(bin('preflight.mjs'), join(folder, 'bin/preflight.mjs'));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  if (bundledNode) symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
  return folder;
};

/** Makes this Node say that it is another; only in the process itself, never in one it starts. */
const pretending = (version: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`,
  )}`,
];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once stdout contains the text. */
  readonly said: (text: string) => Promise<void>;
}

const launch = (
  folder: string,
  args: readonly string[],
  {
    node = process.execPath,
    flags = [],
  }: { readonly node?: string; readonly flags?: readonly string[] } = {},
): Running => {
  const { FRESHET_RELAUNCHED: _, ...env } = process.env;
  const child = spawn(node, [...flags, join(folder, 'bin/freshet.mjs'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const check of waiting) check();
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    child,
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr }))),
    said: (text) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (stdout.includes(text)) resolve();
        };
        waiting.add(check);
        check();
      }),
  };
};

const nodeMajor = (node: string): number =>
  Number.parseInt(execFileSync(node, ['--version'], { encoding: 'utf8' }).slice(1), 10);

/** A Node on the PATH that is too old, where the machine has one. */
const olderNode = (): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .find((node) => {
      try {
        return nodeMajor(node) < 24;
      } catch {
        return false;
      }
    });

const launches = [
  { name: 'a faked Node 20', node: process.execPath, flags: pretending('20.20.2') },
  { name: 'a faked Node 18', node: process.execPath, flags: pretending('18.0.0') },
  ...[olderNode()].flatMap((node) =>
    node === undefined ? [] : [{ name: `the PATH's ${node}`, node, flags: [] }],
  ),
];

describe('bin/freshet.mjs', () => {
  it('runs the CLI in this process where Node is new enough', async () => {
    const { code, stdout } = await launch(project({ bundledNode: true }), ['exit', '7', '--x=y z']).ended;
    expect(JSON.parse(stdout)).toEqual({
      major: nodeMajor(process.execPath),
      rest: ['7', '--x=y z'],
      relaunched: false,
    });
    expect(code).toBe(7);
  });

  it.each(launches)('under $name starts again with the Node that npm brought', async ({ node, flags }) => {
    const { code, stdout, stderr } = await launch(project({ bundledNode: true }), ['exit', '5', 'a b'], {
      node,
      flags,
    }).ended;
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      major: nodeMajor(process.execPath),
      rest: ['5', 'a b'],
      relaunched: true,
    });
    expect(code).toBe(5);
  });

  it.each(launches)('under $name without one says in one line what to do', async ({ node, flags }) => {
    const { code, stdout, stderr } = await launch(project({ bundledNode: false }), ['exit', '0'], {
      node,
      flags,
    }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd()).toMatch(
      /^Freshet needs Node 24 or later, got (?:20|18)\.[\d.]+: .*try again\. More: docs\/errors\.md#runtime_unsupported$/,
    );
  });

  it('killed, leaves nothing behind', async () => {
    const running = launch(project({ bundledNode: true }), ['wait'], { flags: pretending('20.20.2') });
    await running.said('"relaunched":true');
    running.child.kill('SIGKILL');
    // Its output ends only when both are gone.
    const { code, stdout } = await running.ended;
    expect(code).toBeNull();
    expect(stdout).not.toContain('drained');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('hands %s on and waits for the clean end', async (signal) => {
    const running = launch(project({ bundledNode: true }), ['wait'], { flags: pretending('20.20.2') });
    await running.said('"relaunched":true');
    running.child.kill(signal);
    expect(await running.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`drained after ${signal}`) as string,
    });
  });
});

describe('bin/preflight.mjs', () => {
  const preflight = (flags: readonly string[]): { readonly code: number; readonly stderr: string } => {
    try {
      execFileSync(process.execPath, [...flags, bin('preflight.mjs')], { encoding: 'utf8', stdio: 'pipe' });
      return { code: 0, stderr: '' };
    } catch (thrown) {
      const { status, stderr } = thrown as { status: number; stderr: string };
      return { code: status, stderr };
    }
  };

  it('lets a Node that is new enough pass', () => {
    expect(preflight([])).toEqual({ code: 0, stderr: '' });
    expect(preflight(pretending('26.1.0'))).toEqual({ code: 0, stderr: '' });
  });

  it('refuses an older one in one line', () => {
    const { code, stderr } = preflight(pretending('23.11.1'));
    expect(code).toBe(1);
    expect(stderr.trimEnd()).toMatch(/^Freshet needs Node 24 or later, got 23\.11\.1: .*$/);
  });

  it.each([
    ['darwin', 'brew install node@24'],
    ['linux', 'npm ci --include=optional'],
    ['win32', 'winget install OpenJS.NodeJS'],
    ['freebsd', 'https://nodejs.org'],
  ])('names the command of %s', async (platform, command) => {
    const { refusal } = (await import(pathToFileURL(bin('preflight.mjs')).href)) as {
      refusal: (version: string, platform: string) => string;
    };
    expect(refusal('20.0.0', platform)).toContain(command);
  });
});
