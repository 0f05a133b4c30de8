import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { suiteFolder, temporaryFolder } from '../support/folder.ts';
import { copyProject } from '../support/project-copy.ts';
import { failureOf, runInShell } from '../support/shell-command.ts';

// Whole processes: a machine that is busy with other tests takes its time over them.
vi.setConfig({ testTimeout: 60_000 });

const flag = '@aws-cdk/core:validateAgainstDefaultRules';

describe('the CDK app', () => {
  const project = suiteFolder();

  beforeAll(() => {
    copyProject(project);
    rmSync(join(project, 'functions'), { recursive: true, force: true });
  });

  const contextOfProject = (): Readonly<Record<string, unknown>> => {
    const { context } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8')) as {
      readonly context: Readonly<Record<string, unknown>>;
    };
    return context;
  };

  /** Calls the app as the toolkit calls it; `loadsEngine` tells of the engine of CDK's own rules. */
  const synthesized = (given: Readonly<Record<string, unknown>>) => {
    // The thread that builds the handlers is hooked too, and loads nothing of the CDK.
    const folder = temporaryFolder({
      'hook.cjs': `if (require('node:worker_threads').isMainThread) process.on('exit', () =>
        console.log('engine', Object.keys(require.cache).some((file) => /@aws.cloudformation-validate/.test(file))));`,
    });
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--require', join(folder, 'hook.cjs'), 'bin/app.mjs'],
      {
        cwd: project,
        encoding: 'utf8',
        env: { ...process.env, CDK_OUTDIR: join(folder, 'out'), CDK_CONTEXT_JSON: JSON.stringify(given) },
      },
    );
    return { status, err: stderr, loadsEngine: /engine (true|false)/.exec(stdout)?.[1] === 'true' };
  };

  it('without a pipeline says so, and has not failed', () => {
    const { status, err } = synthesized(contextOfProject());
    expect(status).toBe(0);
    expect(err).toMatch(/^there is no pipeline: .*`npx freshet new <name>`\.\n$/);
  });

  it('spares the engine of CDK’s own rules where it is asked plainly, and not where they are asked for', async () => {
    expect(failureOf(await runInShell('npx freshet new cellar --yes', project))).toBe('');
    const context = contextOfProject();
    expect(synthesized(context)).toMatchObject({ status: 0, loadsEngine: false });
    expect(synthesized({ ...context, [flag]: 'true' })).toMatchObject({ status: 0, loadsEngine: true });
  });
});
