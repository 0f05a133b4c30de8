import type { Metafile, Plugin } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { requireBanner } from './bundle.ts';
import { build } from './bundler.ts';

export interface Probe {
  /** The module's exports. */
  readonly loaded: Readonly<Record<string, unknown>>;
  readonly metafile: Metafile;
}

/**
 * Bundles a module of a pipeline, and loads it as its files are now: what Node has loaded once stays what it was.
 *
 * @param entry - from the root, or absolute
 * @param options.folder - where the bundle stands while it is loaded, absolute
 * @param options.plugins - what of it is to be another
 * @throws whatever the bundler or the module throws
 */
export const loadProbe = async (
  entry: string,
  { root, folder, plugins }: { readonly root: string; readonly folder: string; readonly plugins: Plugin[] },
): Promise<Probe> => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: requireBanner },
    logLevel: 'silent',
    tsconfigRaw: {},
    plugins,
  });
  const text = outputFiles[0]?.text ?? '';
  // Named by its content, for a module is loaded once under one name.
  const file = join(folder, `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.probe.mjs`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, text);
  const loaded = (await import(pathToFileURL(file).href)) as Probe['loaded'];
  await rm(file, { force: true });
  return { loaded, metafile };
};
