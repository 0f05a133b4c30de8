import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { plainEnvironment } from '../../support/plain-environment.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('bin/build.ts', () => {
  it('without a pipeline says so, and has not failed', () => {
    const project = temporaryFolder({ 'package.json': '{ "type": "module" }' });
    mkdirSync(join(project, 'bin'));
    copyFileSync(join(root, 'bin/build.ts'), join(project, 'bin/build.ts'));
    symlinkSync(join(root, 'lib'), join(project, 'lib'));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'bin/build.ts')], {
      encoding: 'utf8',
      env: plainEnvironment(),
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(
      /^there is no pipeline: got .*; expected .*\. Fix: .*`npx freshet new <name>`\.\n$/,
    );
  });
});
