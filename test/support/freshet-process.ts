import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { plainEnvironment } from './plain-environment.ts';
import type { RunReport } from '../../lib/local/report/report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A real `freshet` process, with what it wrote so far. */
export interface FreshetProcess {
  readonly child: ChildProcess;
  readonly written: { out: string; err: string };
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
}

interface StartOptions {
  readonly args: readonly string[];
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** In a process group of its own, whose id is the child's: who of it is left can be asked. */
  readonly ownGroup?: boolean;
  /** Root of the project, absolute. @default this one's */
  readonly project?: string;
}

/** Starts the CLI from the project's root; it ends with the test. */
export const startFreshetWith = ({
  args,
  env = {},
  ownGroup = false,
  project = root,
}: StartOptions): FreshetProcess => {
  const child = spawn(process.execPath, [join(project, 'bin/freshet.mjs'), ...args], {
    cwd: project,
    env: { ...plainEnvironment(), ...env },
    detached: ownGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => (code ?? signal) as number | string);
  return { child, written, ended };
};

export const startFreshet = (...args: readonly string[]): FreshetProcess => startFreshetWith({ args });

export const runFreshet = async (
  ...args: readonly string[]
): Promise<{ readonly code: number | string; readonly out: string; readonly err: string }> => {
  const { ended, written } = startFreshet(...args);
  return { code: await ended, ...written };
};

/** `freshet dev` to its end, and what it reported. */
export const devReport = async (...args: readonly string[]): Promise<RunReport> => {
  const { code, out, err } = await runFreshet('dev', '--once', '--output', 'json', ...args);
  if (code !== 0) throw new Error(`freshet dev ended with ${code}: ${err}`);
  return JSON.parse(out) as RunReport;
};

/** Waits for a condition; fails with what was waited for when it does not come in that many seconds. */
export const until = async (
  what: string,
  isMet: () => boolean,
  describe: () => string = () => '',
  seconds = 45,
): Promise<void> => {
  const giveUpAt = Date.now() + seconds * 1_000;
  while (!isMet()) {
    if (Date.now() > giveUpAt) throw new Error(`waited ${seconds} s for ${what}. ${describe()}`);
    await pause(10);
  }
};
