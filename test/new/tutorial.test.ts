import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { suiteFolder } from '../support/folder.ts';
import { until } from '../support/freshet-process.ts';
import { cloneProject } from '../support/project-copy.ts';
import { failureOf, runInShell } from '../support/shell-command.ts';
import { comparable, patternOf, tutorialSteps, type TutorialStep } from '../support/tutorial-page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const installation = 'npm ci';

/** Runs a command that stays up, in a process group as a terminal has it, and interrupts it once it has said so much. */
const runUntilInterrupted = async (command: string, cwd: string, awaited: RegExp): Promise<string> => {
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
  signal('SIGINT');
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
    what: step.kind === 'save' ? `saves ${step.path}` : step.command,
  }));

  /** Does it, and tells what was printed and what the page says of it. */
  const follow = async (
    step: TutorialStep,
  ): Promise<{ readonly printed: string; readonly shown: RegExp }> => {
    if (step.kind === 'save') {
      writeFileSync(join(folder, step.path), step.text);
      return { printed: '', shown: /^$/ };
    }
    const { command, output = '…' } = step;
    const [first = '', last] = output.split('^C\n');
    if (last !== undefined) {
      const out = await runUntilInterrupted(command, folder, patternOf(first, ''));
      return { printed: comparable(out), shown: patternOf(`${first}${last}`) };
    }
    const ended = await runInShell(command, folder, command === installation);
    return { printed: failureOf(ended) || comparable(ended.out), shown: patternOf(output) };
  };

  it.each(done)('$what', async ({ step }) => {
    const { printed, shown } = await follow(step);
    expect(printed).toMatch(shown);
  });
});
