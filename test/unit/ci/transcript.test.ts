import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';

const script = fileURLToPath(new URL('../../../.ci/transcript.mjs', import.meta.url));
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** A run that wrote what README shows, with lines of its own around it. */
const run = ['> npm’s line', readme, 'the end'].join('\n');

/** Exit code, and what it finds fault with. */
const compared = (written: string): readonly [number | null, readonly string[]] => {
  const file = join(temporaryFolder({ 'start.txt': written }), 'start.txt');
  const { status, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  return [status, stderr.split('\n').filter((line) => line.startsWith('README.md shows'))];
};

describe('the transcript in README', () => {
  it('is what a run wrote, however long it took', () => {
    expect(compared(run)).toEqual([0, []]);
    expect(compared(run.replaceAll(/\d+ ms/g, '12345 ms').replaceAll(/kept by .*%/g, 'kept by 7 %'))).toEqual(
      [0, []],
    );
  });

  it.each([
    ['another count', run.replace('boarding 27,004', 'boarding 27,005')],
    ['another target', run.replace('(target 5 s)', '(target 6 s)')],
    ['a line less', run.replace(/^receiver .*\n/m, '')],
    ['a line more', run.replace(/^receiver /m, 'sender\n$&')],
    ['its end before the report’s', run.slice(0, run.indexOf('\nbalanced '))],
  ])('is not what a run wrote with %s', (_, written) => {
    expect(compared(written)).toEqual([1, [expect.stringMatching(/^README\.md shows {3,}\S/)]]);
  });

  it('is missing where a run wrote nothing', () => {
    expect(compared('')[0]).toBe(1);
  });
});
