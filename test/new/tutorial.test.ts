import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { suiteFolder } from '../support/folder.ts';
import { until } from '../support/freshet-process.ts';
import { cloneProject } from '../support/project-copy.ts';
import { failureOf, runInShell } from '../support/shell-command.ts';
import {
  comparable,
  literal,
  patternOf,
  tutorialSteps,
  type TutorialStep,
} from '../support/tutorial-page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const installation = 'npm ci';

/**
 * Runs a command that stays up, in a process group as a terminal has it, and ends it once it has said so much.
 *
 * @param killedBy - the command that ends it; without it, Ctrl-C does
 */
const runUntilEnded = async (
  command: string,
  cwd: string,
  { awaited, killedBy }: { readonly awaited: RegExp; readonly killedBy: string | undefined },
): Promise<string> => {
  const child = spawn(command, {
    shell: true,
    cwd,
    detached: true,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let isOver = false;
  const signal = (name: NodeJS.Signals): void => {
    if (!isOver && child.pid !== undefined) process.kill(-child.pid, name);
  };
  onTestFinished(() => signal('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = once(child, 'close').then(() => {
    isOver = true;
  });
  await until(
    `what \`${command}\` prints`,
    () => awaited.test(comparable(out)),
    () => out + err,
  );
  if (killedBy === undefined) signal('SIGINT');
  else expect(failureOf(await runInShell(killedBy, cwd))).toBe('');
  await ended;
  return out;
};

describe('docs/tutorial.md', () => {
  const folder = suiteFolder();
  const steps = tutorialSteps(root);

  beforeAll(() => cloneProject(folder));

  it('begins with the installation, and has more than ten steps', () => {
    expect(steps[0]).toMatchObject({ kind: 'run', command: installation });
    expect(steps.length).toBeGreaterThan(10);
  });

  const done = steps.map((step) => ({
    step,
    what: step.kind === 'run' ? step.command : `${step.kind}s ${step.path}`,
  }));

  /** Does it, and tells what was printed and what the page says of it. */
  const follow = async (
    step: TutorialStep,
  ): Promise<{ readonly printed: string; readonly shown: RegExp }> => {
    if (step.kind === 'save') {
      writeFileSync(join(folder, step.path), step.text);
      return { printed: '', shown: /^$/ };
    }
    if (step.kind === 'change') {
      const path = join(folder, step.path);
      const before = readFileSync(path, 'utf8');
      writeFileSync(path, before.replace(step.line, step.by));
      return { printed: before, shown: new RegExp(`^${literal(step.line)}$`, 'm') };
    }
    const { command, output = '…', killedBy } = step;
    const [first = '', last = killedBy === undefined ? undefined : ''] = output.split('^C\n');
    if (last !== undefined) {
      const out = await runUntilEnded(command, folder, { awaited: patternOf(first, ''), killedBy });
      return { printed: comparable(out), shown: patternOf(`${first}${last}`) };
    }
    const ended = await runInShell(command, folder, command === installation);
    const shown = patternOf(output);
    if (output.startsWith('error: ') && ended.code === 1) return { printed: comparable(ended.err), shown };
    return { printed: failureOf(ended) || comparable(ended.out), shown };
  };

  it.each(done)('$what', async ({ step }) => {
    const { printed, shown } = await follow(step);
    expect(printed).toMatch(shown);
  });
});
