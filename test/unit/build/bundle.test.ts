import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundle, type Bundle, type Bundling } from '../../../lib/build/bundle.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { memoryKept } from '../../support/memory-kept.ts';

const bench = () => {
  const root = temporaryFolder({
    'package.json': '{"type":"module"}',
    'stage.ts': `import { word } from './word.ts'; export const handler = () => word;`,
    'word.ts': `export const word = 'first';`,
    'node_modules/words/package.json': '{"name":"words","main":"index.mjs"}',
    'node_modules/words/index.mjs': `export const word = 'installed';`,
  });
  let made = 0;
  const kept = memoryKept(root);
  const bundling = (different: Partial<Bundling> = {}): Bundling => ({
    root,
    form: 'deployed',
    name: 'features',
    entry: { file: join(root, 'stage.ts') },
    plugins: () => {
      made += 1;
      return [];
    },
    madeOf: 'a contract',
    ...different,
  });
  return {
    write: (file: string, text: string) => writeFileSync(join(root, file), text),
    remove: (file: string) => rmSync(join(root, file)),
    changeEngine: () => (kept.engineDigest = 'another engine'),
    /** The bundle, and whether it was made for this. */
    ask: async (different?: Partial<Bundling>): Promise<Bundle & { readonly isNew: boolean }> => {
      const before = made;
      const answer = await bundle(bundling(different), async () => kept);
      return { ...answer, isNew: made > before };
    },
  };
};

const codeOf = ({ files }: Bundle): string => files.find(({ name }) => name === 'index.mjs')?.text ?? '';

it('is made once of the same, and is the same', async () => {
  const { ask } = bench();
  const first = await ask();
  expect(first.isNew).toBe(true);
  expect(codeOf(first)).toContain('first');
  const second = await ask();
  expect(second).toEqual({ ...first, isNew: false });
});

it('that is not to be kept is made anew, and is in nobody’s way', async () => {
  const { ask } = bench();
  const { isNew, ...first } = await ask({ isKept: false });
  expect(isNew).toBe(true);
  expect(await ask({ isKept: false })).toEqual({ ...first, isNew: true });
  expect(await ask()).toEqual({ ...first, isNew: true });
  expect(await ask()).toEqual({ ...first, isNew: false });
});

it('is made anew when any file of it has changed, is back, or is gone', async () => {
  const { ask, write, remove } = bench();
  await ask();
  write('word.ts', `export const word = 'second';`);
  const changed = await ask();
  expect(changed.isNew).toBe(true);
  expect(codeOf(changed)).toContain('second');
  write('word.ts', `export const word = 'first';`);
  expect(codeOf(await ask())).toContain('first');
  write('package.json', '{"type":"module","sideEffects":false}');
  expect((await ask()).isNew).toBe(true);
  remove('word.ts');
  await expect(ask()).rejects.toThrow('word.ts');
});

it('is made anew when a package that it holds is patched where it is installed', async () => {
  const { ask, write } = bench();
  write('stage.ts', `import { word } from 'words'; export const handler = () => word;`);
  expect(codeOf(await ask())).toContain('installed');
  expect((await ask()).isNew).toBe(false);
  write('node_modules/words/index.mjs', `export const word = 'patched';`);
  const patched = await ask();
  expect(patched.isNew).toBe(true);
  expect(codeOf(patched)).toContain('patched');
});

it('is made anew for another engine, contract, stage or entry', async () => {
  const { ask, changeEngine } = bench();
  await ask();
  expect((await ask({ madeOf: 'another contract' })).isNew).toBe(true);
  expect((await ask({ name: 'action' })).isNew).toBe(true);
  const generated = { source: 'export const handler = () => 1;', resolveFrom: import.meta.dirname };
  expect((await ask({ entry: generated })).isNew).toBe(true);
  expect((await ask()).isNew).toBe(false);
  changeEngine();
  expect((await ask()).isNew).toBe(true);
});

it('is made each time for a project whose packages nobody answers for', async () => {
  const { ask } = bench();
  const elsewhere = temporaryFolder({ 'stage.ts': 'export const handler = () => 1;' });
  const there = { root: elsewhere, entry: { file: join(elsewhere, 'stage.ts') } };
  expect((await ask(there)).isNew).toBe(true);
  expect((await ask(there)).isNew).toBe(true);
});
