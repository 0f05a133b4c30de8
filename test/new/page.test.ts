import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteFolder } from '../support/folder.ts';
import { startFreshetWith } from '../support/freshet-process.ts';
import { copyProject } from '../support/project-copy.ts';
import { pageOf, stateOnPage } from '../support/served-page.ts';
import { failureOf, runInShell } from '../support/shell-command.ts';

const names = ['cellar', 'freezers'];

describe('the page of what freshet new makes', () => {
  const project = suiteFolder();

  beforeAll(() => {
    copyProject(project);
    rmSync(join(project, 'functions/departure-delay'), { recursive: true, force: true });
  });

  it.each(names)('%s is made', async (name) => {
    expect(failureOf(await runInShell(`npx freshet new ${name} --yes`, project))).toBe('');
  });

  it.each([
    ['alone', ['freezers'], ['freezers']],
    ['beside another', ['--all'], names],
  ])('shows it %s', async (_, words, pipelines) => {
    const state = ['--state', `.freshet/page-of-${pipelines.length}`];
    const run = startFreshetWith({ args: ['dev', ...words, ...state], env: { CI: '' }, project });
    const url = await pageOf(run);
    const known = async (): Promise<readonly string[]> => {
      const answer = await fetch(`${url}/api/pipelines`);
      return ((await answer.json()) as { readonly pipelines: readonly string[] }).pipelines.toSorted();
    };
    // One comes after the other.
    await expect.poll(known, { timeout: 45_000 }).toEqual(pipelines);
    for (const pipeline of pipelines)
      expect(await stateOnPage(url, pipeline)).toMatchObject({
        pipeline,
        toPlay: 200,
        problem: null,
        stages: [{ name: 'features' }, { name: 'inference' }, { name: 'action' }],
      });
    run.child.kill('SIGINT');
    expect({ code: await run.ended, err: run.written.err }).toEqual({ code: 0, err: '' });
  });
});
