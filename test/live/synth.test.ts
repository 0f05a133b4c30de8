import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const root = resolve(import.meta.dirname, '../..');
const flag = '@aws-cdk/core:validateAgainstDefaultRules';

const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as {
  readonly context: Readonly<Record<string, unknown>>;
};

/** Whether the app loads the engine of CDK's own rules, called as the toolkit calls it. */
const loadsEngine = (given: Readonly<Record<string, unknown>>): boolean => {
  // The thread that builds the handlers is hooked too, and loads nothing of the CDK.
  const folder = temporaryFolder({
    'hook.cjs': `if (require('node:worker_threads').isMainThread) process.on('exit', () =>
      console.log('engine', Object.keys(require.cache).some((file) => /@aws.cloudformation-validate/.test(file))));`,
  });
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--require', join(folder, 'hook.cjs'), 'bin/app.mjs'],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CDK_OUTDIR: join(folder, 'out'), CDK_CONTEXT_JSON: JSON.stringify(given) },
    },
  );
  expect(status).toBe(0);
  return /engine (true|false)/.exec(stdout)?.[1] === 'true';
};

it('a plain synthesis spares the engine of CDK’s own rules, and one that asks for them does not', () => {
  expect(loadsEngine(context)).toBe(false);
  expect(loadsEngine({ ...context, [flag]: 'true' })).toBe(true);
});
