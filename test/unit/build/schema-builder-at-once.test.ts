import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../support/folder.ts';

const subject = pathToFileURL(
  resolve(import.meta.dirname, '../../../lib/build/schema-builder-at-once.ts'),
).href;

/** A package of the builder's form, whose entries share a module that remembers. */
const project = (): string =>
  temporaryFolder({
    'node_modules/typebox/package.json': JSON.stringify({
      name: 'typebox',
      type: 'module',
      exports: {
        './system': { import: './build/system/index.mjs' },
        '.': { import: './build/index.mjs' },
      },
    }),
    'node_modules/typebox/build/settings.mjs': "export const settings = { kind: 'first' };",
    'node_modules/typebox/build/system/index.mjs': "export { settings } from '../settings.mjs';",
    'node_modules/typebox/build/index.mjs':
      "import { settings } from './settings.mjs';\nexport const Type = { kind: () => settings.kind };",
  });

/** What a process finds that loads the builder at once, and the builder's modules that it loaded. */
const loadedIn = (
  root: string,
): { readonly kinds: readonly string[]; readonly modules: readonly string[] } => {
  const script = `
    import module from 'node:module';
    import { loadSchemaBuilderAtOnce } from '${subject}';
    const modules = [];
    module.registerHooks({ load: (url, context, next) => { modules.push(url); return next(url, context); } });
    loadSchemaBuilderAtOnce();
    const { Type } = await import('typebox');
    const { settings } = await import('typebox/system');
    const kinds = [Type.kind()];
    settings.kind = 'second';
    kinds.push(Type.kind());
    console.log(JSON.stringify({ kinds, modules: modules.filter((url) => url.includes('node_modules')) }));
  `;
  writeFileSync(join(root, 'script.mjs'), script);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['script.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as ReturnType<typeof loadedIn>;
};

const keptIn = (root: string): string => join(root, 'node_modules/.cache/freshet');

describe('the schema builder', () => {
  it('is loaded from what was bundled once, and its entries share what they shared', () => {
    const root = project();
    const { kinds, modules } = loadedIn(root);
    expect(kinds).toEqual(['first', 'second']);
    expect(modules.filter((url) => !url.includes('/.cache/freshet/typebox-'))).toEqual([]);
    const kept = readdirSync(keptIn(root));
    expect(loadedIn(root)).toEqual({ kinds, modules });
    expect(readdirSync(keptIn(root))).toEqual(kept);
  });

  it.each([
    [
      'one of its files has changed',
      { 'node_modules/typebox/build/settings.mjs': "export const settings = { kind: 'patched' };" },
    ],
    ['what is kept cannot be read', { 'node_modules/.cache/freshet/typebox.json': '{}' }],
  ])('is bundled again where %s', (_, files) => {
    const root = project();
    loadedIn(root);
    writeFiles(root, files);
    const { kinds, modules } = loadedIn(root);
    expect(kinds).toEqual([
      'node_modules/typebox/build/settings.mjs' in files ? 'patched' : 'first',
      'second',
    ]);
    expect(modules.filter((url) => !url.includes('/.cache/freshet/typebox-'))).toEqual([]);
  });

  it('is bundled again long before anybody drops what is kept', () => {
    const root = project();
    loadedIn(root);
    const names = readdirSync(keptIn(root));
    const old = new Date(Date.now() - 10 * 86_400_000);
    for (const name of names) utimesSync(join(keptIn(root), name), old, old);
    loadedIn(root);
    expect(readdirSync(keptIn(root))).toEqual(names);
    for (const name of names) expect(statSync(join(keptIn(root), name)).mtime > old, name).toBe(true);
  });

  it.each([
    [
      'is of a form that is not known',
      {
        'node_modules/typebox/package.json': JSON.stringify({
          type: 'module',
          exports: { '.': './build/index.mjs', './system': './build/system/index.mjs' },
        }),
      },
    ],
    ['cannot be kept', { 'node_modules/.cache': 'a file' }],
  ])('is loaded module by module where it %s', (_, files) => {
    const root = project();
    writeFiles(root, files);
    const { kinds, modules } = loadedIn(root);
    expect(kinds).toEqual(['first', 'second']);
    expect(modules.map((url) => url.split('/typebox/')[1])).toEqual([
      'build/index.mjs',
      'build/settings.mjs',
      'build/system/index.mjs',
    ]);
  });
});
