import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';

const script = fileURLToPath(new URL('../../../.ci/summary.mjs', import.meta.url));

const vitest = (different: object = {}): string =>
  JSON.stringify({ numPassedTests: 7, numTotalTests: 7, testResults: [], ...different });
const mutants = (different: object = {}): string =>
  JSON.stringify({ passed: 25, failed: 0, skipped: 0, ...different });

const green = {
  steps: 'install 0\ntest 0\nlint 0\nmutants 0\n',
  'vitest.json': vitest(),
  'mutants.json': mutants(),
};

/** The last line, and the exit code. */
const summary = (files: Readonly<Record<string, string>>): readonly [string | undefined, number | null] => {
  const { stdout, status } = spawnSync(process.execPath, [script, temporaryFolder(files)], {
    encoding: 'utf8',
  });
  return [stdout.trimEnd().split('\n').at(-1), status];
};

describe('the summary of .ci/run', () => {
  it('adds up what the runners report and one for each other step', () => {
    expect(summary(green)).toEqual(['34 passed, 0 failed', 0]);
  });

  it.each([
    ['a step that failed', { steps: green.steps.replace('lint 0', 'lint 1') }, '33 passed, 1 failed'],
    ['a test that failed', { 'vitest.json': vitest({ numPassedTests: 6 }) }, '33 passed, 1 failed'],
    ['tests that were skipped', { 'vitest.json': vitest({ numTotalTests: 9 }) }, '34 passed, 2 failed'],
    [
      'a test file that does not load',
      { 'vitest.json': vitest({ testResults: [{ status: 'failed', assertionResults: [] }] }) },
      '34 passed, 1 failed',
    ],
    ['a mutant that survived', { 'mutants.json': mutants({ passed: 24, failed: 1 }) }, '33 passed, 1 failed'],
    ['a mutant that was skipped', { 'mutants.json': mutants({ skipped: 1 }) }, '34 passed, 1 failed'],
    [
      'an exit code that no report explains',
      { steps: green.steps.replace('test 0', 'test 137') },
      '34 passed, 1 failed',
    ],
    [
      'a report without tests',
      { 'vitest.json': vitest({ numPassedTests: 0, numTotalTests: 0 }) },
      '27 passed, 1 failed',
    ],
    ['a report cut short', { 'vitest.json': '{"numPassed' }, '27 passed, 1 failed'],
    ['no step at all', { steps: '' }, '0 passed, 0 failed'],
  ])('is red for %s', (_, different, line) => {
    expect(summary({ ...green, ...different })).toEqual([line, 1]);
  });

  it.each([
    ['test', 'vitest.json'],
    ['integration', 'integration.json'],
    ['browser', 'browser.json'],
    ['live', 'live.json'],
    ['new', 'new.json'],
  ])('counts the tests of the step %s by its report', (step, file) => {
    const report = vitest({ numPassedTests: 5 });
    expect(summary({ steps: `${step} 1\n`, [file]: report })).toEqual(['5 passed, 2 failed', 1]);
    expect(summary({ steps: `${step} 0\n` })).toEqual(['0 passed, 1 failed', 1]);
  });

  it('is red where a runner left no report', () => {
    expect(summary({ steps: green.steps, 'vitest.json': green['vitest.json'] })).toEqual([
      '9 passed, 1 failed',
      1,
    ]);
  });

  it('ends with the install where that failed', () => {
    expect(summary({ steps: 'install 1\n' })).toEqual(['0 passed, 1 failed', 1]);
  });
});
