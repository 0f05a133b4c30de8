import type { Metafile } from 'esbuild';
import { basename, dirname, resolve } from 'node:path';
import { buildFailed } from './build-failure.ts';
import { build } from './bundler.ts';
import { engineModule } from './engine.ts';
import { keptOrMade, openKept } from './kept.ts';

/** What a browser loads of the page: its module, its styles, and what those name. */
export interface PageAsset {
  /** `main.js`, `page.css`, … */
  readonly name: string;
  readonly base64: string;
}

interface PageBundle {
  readonly assets: readonly PageAsset[];
  readonly metafile: Metafile;
}

/** Sources are named from here, and their packages are looked for above them. */
const root = dirname(resolve(engineModule('.')));

/** Left readable: what a browser says of an error then names a place that can be found. */
const bundleAnew = async (entries: readonly string[], publicPath: string): Promise<PageBundle> => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entries],
    // Nothing is written there.
    outdir: resolve(root, 'dist/page'),
    entryNames: '[name]',
    assetNames: '[name]',
    publicPath,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    loader: { '.woff2': 'file', '.svg': 'dataurl' },
    metafile: true,
    write: false,
    logLevel: 'silent',
    // Its own configuration is for the type checker alone.
    tsconfigRaw: {},
  });
  const assets = outputFiles.map(({ path, contents }) => ({
    name: basename(path),
    base64: Buffer.from(contents).toString('base64'),
  }));
  return { assets, metafile };
};

/**
 * Bundles modules and styles of a page, or takes what was bundled before of the very same files.
 *
 * @param entries - modules and style sheets, absolute; an asset has its entry's name
 * @param publicPath - where a browser finds the assets, `/assets`
 * @throws {ConfigError} `BUILD_FAILED` with what the bundler found
 */
export const bundlePage = async (
  entries: readonly string[],
  publicPath: string,
): Promise<readonly PageAsset[]> => {
  try {
    const making = { kind: 'page', madeOf: [entries, publicPath], root };
    return (await keptOrMade(await openKept(), making, () => bundleAnew(entries, publicPath))).assets;
  } catch (thrown) {
    throw await buildFailed('the page', thrown);
  }
};
