import { build } from 'esbuild';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { placeOf, rooms } from './rooms.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Import {
  /** From the root. */
  readonly path: string;
  readonly isLazy: boolean;
}

type Imports = ReadonlyMap<string, readonly Import[]>;

/** What each module imports when it runs, as the bundler sees it: without types, without packages. */
const importsIn = async (folder: string): Promise<Imports> => {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: globSync('{bin,functions,lib}/**/*.{ts,mjs}', { cwd: folder }),
    outdir: 'unused',
    entryNames: '[dir]/[name]-[hash]',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [
      path,
      imports
        .filter(({ external }) => external !== true)
        .map((each) => ({ path: each.path, isLazy: each.kind === 'dynamic-import' })),
    ]),
  );
};

/** The shortest way from one module to another, both included. */
const wayBetween = (imports: Imports, from: string, to: string): readonly string[] | undefined => {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  for (const path of cameFrom.keys())
    for (const { path: next } of imports.get(path) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, path);
  if (!cameFrom.has(to)) return undefined;
  const way: string[] = [];
  for (let at: string | undefined = to; at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
};

/** Circles that an `import()` closes; lint follows only import statements. */
const lazyCircles = (imports: Imports): readonly string[] =>
  [...imports].flatMap(([from, all]) =>
    all
      .filter(({ isLazy }) => isLazy)
      .map(({ path }) => wayBetween(imports, path, from))
      .filter((way) => way !== undefined)
      .map((way) => [from, ...way].join(' → ')),
  );

describe('the rooms', () => {
  it('stand from the bottom up: each imports only from those that are named before it', () => {
    const keys = Object.keys(rooms);
    for (const [index, [key, { imports, types = [] }]] of Object.entries(rooms).entries()) {
      const upward = [...imports, ...types].filter(
        (entry) => keys.indexOf(placeOf(entry)?.key ?? '') >= index,
      );
      expect(upward, key).toEqual([]);
    }
  });
});

describe('what is imported lazily', () => {
  it('closes no circle', async () => {
    const imports = await importsIn(root);
    expect(imports.get('lib/runtime/stores.ts')).toContainEqual({
      path: 'lib/adapters/sqlite/embedded.ts',
      isLazy: true,
    });
    expect(lazyCircles(imports)).toEqual([]);
  });

  it('would be found if it did', async () => {
    const folder = temporaryFolder({
      'lib/a.ts': `import { b } from './b.ts';\nexport const a = b;`,
      'lib/b.ts': `export const b = () => import('./c.ts');`,
      'lib/c.ts': `import { a } from './a.ts';\nexport const c = a;`,
      'lib/d.ts': `export const d = () => import('./e.ts');`,
      'lib/e.ts': `export const e = 1;`,
    });
    expect(lazyCircles(await importsIn(folder))).toEqual(['lib/b.ts → lib/c.ts → lib/a.ts → lib/b.ts']);
  });
});
