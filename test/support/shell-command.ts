import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { plainEnvironment } from './plain-environment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a command line ended with, and what it wrote. */
export interface ShellEnd {
  /** Exit code, or the name of the signal that ended it. */
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a line as somebody types it, in a shell and a process group of its own, which ends with the test.
 *
 * @param fetches - whether npm may ask outside for what it has not here. @default it may not: it is missing
 */
export const runInShell = async (line: string, cwd = root, fetches = false): Promise<ShellEnd> => {
  const child = spawn(line, {
    shell: true,
    cwd,
    detached: true,
    env: {
      ...plainEnvironment(),
      [fetches ? 'npm_config_prefer_offline' : 'npm_config_offline']: 'true',
      npm_config_update_notifier: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let isOver = false;
  onTestFinished(() => {
    // Only while somebody of the group still holds its output: later the id may be another's.
    if (!isOver && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  isOver = true;
  return { code: code ?? signal ?? '', ...written };
};

/** Empty where it ended well. */
export const failureOf = ({ code, out, err }: ShellEnd): string =>
  code === 0 ? '' : `ended with ${code}\n${out}${err}`;
