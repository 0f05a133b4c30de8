import { build, type BuildOptions, type BuildResult, type Metafile, type Plugin } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { StageName } from '../core/contract/resolved.ts';
import { buildFailed } from './build-failure.ts';
import { checkBundle } from './bundle-checks.ts';
import { rootedSourceMap } from './source-maps.ts';

/** A stage as it is uploaded, and as every local run executes it. Paths are absolute, sizes in bytes. */
export interface BuiltStage {
  readonly name: StageName;
  /** The Lambda asset: `index.mjs`, its chunks and their source maps, and nothing else. */
  readonly folder: string;
  readonly file: string;
  readonly handler: 'index.handler';
  /** Beside the asset, not in it. */
  readonly metafile: string;
  /** All code, loaded at start or later; source maps do not count. */
  readonly sizeBytes: number;
  /** `index.mjs` and what it imports statically. */
  readonly loadedAtStartBytes: number;
  /** SHA-256 over the folder's files: the same code has the same digest wherever it is built. */
  readonly digest: string;
}

/** What a stage is bundled from: a file of the pipeline, or a source that is generated for it. */
export type StageEntry =
  | { readonly file: string }
  | { readonly source: string; readonly resolveFrom: string };

const generatedEntry = (entry: StageEntry): Plugin => ({
  name: 'freshet-entry',
  setup(builder) {
    builder.onResolve({ filter: /^freshet-entry$/ }, () => ({ path: 'index', namespace: 'freshet-entry' }));
    builder.onLoad({ filter: /.*/, namespace: 'freshet-entry' }, () =>
      'source' in entry ? { contents: entry.source, loader: 'ts', resolveDir: entry.resolveFrom } : undefined,
    );
  },
});

/** CommonJS inside ESM that asks for Node's own modules needs a `require`; bundles without it do not pay for one. */
export const requireBanner = `import{createRequire as freshetRequire}from'node:module';const require=freshetRequire(import.meta.url);`;

const needsRequire = (metafile: Metafile): boolean =>
  Object.values(metafile.outputs).some(({ imports }) =>
    imports.some(({ kind, external }) => external === true && kind === 'require-call'),
  );

const optionsOf = (
  root: string,
  folder: string,
  entry: StageEntry,
  plugins: readonly Plugin[],
): BuildOptions & { metafile: true; write: false } => ({
  absWorkingDir: root,
  entryPoints: [{ in: 'source' in entry ? 'freshet-entry' : entry.file, out: 'index' }],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  // An error's class is what a dead letter and a log line name it by.
  keepNames: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  write: false,
  logLevel: 'silent',
  // A tsconfig of wherever the pipeline lies must not change what is deployed.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, target: 'ES2024' } },
  plugins: [generatedEntry(entry), ...plugins],
});

type Bundle = BuildResult<{ metafile: true; write: false }>;

const bundle = async (
  root: string,
  folder: string,
  entry: StageEntry,
  plugins: readonly Plugin[],
): Promise<Bundle> => {
  const options = optionsOf(root, folder, entry, plugins);
  const plain = await build(options);
  return needsRequire(plain.metafile) ? build({ ...options, banner: { js: requireBanner } }) : plain;
};

/** Bytes of an output and of all that it imports statically. */
const staticBytes = (outputs: Metafile['outputs'], entry: string): number => {
  const reached = new Set([entry]);
  for (const path of reached)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && imported in outputs) reached.add(imported);
  return [...reached].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
};

const digestOfFiles = (files: readonly { readonly name: string; readonly text: string }[]): string => {
  const hash = createHash('sha256');
  for (const { name, text } of files) hash.update(`${name.length}:${name}${text.length}:${text}`);
  return hash.digest('hex');
};

export interface StageBundling {
  readonly root: string;
  readonly name: StageName;
  readonly entry: StageEntry;
  /** Absolute; emptied first. */
  readonly folder: string;
  readonly plugins: readonly Plugin[];
}

/**
 * Bundles one stage into an asset folder.
 *
 * @throws {ConfigError} `BUILD_FAILED` with what the bundler found, or `PIPELINE_INVALID` for a file without a handler
 */
export const bundleStage = async ({
  root,
  name,
  entry,
  folder,
  plugins,
}: StageBundling): Promise<BuiltStage> => {
  const { outputFiles, metafile } = await bundle(root, folder, entry, plugins).catch(
    async (thrown: unknown) => {
      throw await buildFailed(name, thrown);
    },
  );
  const outputs = Object.entries(metafile.outputs);
  const [entryOutput, main] = outputs.find(([path]) => basename(path) === 'index.mjs') ?? ['', undefined];
  const code = outputs.filter(([path]) => path.endsWith('.mjs'));
  const sizeBytes = code.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  checkBundle({
    stage: name,
    metafile,
    entry: main?.entryPoint ?? relative(root, folder),
    exports: main?.exports ?? [],
    sizeBytes,
  });
  const files = outputFiles
    .map(({ path, text }) => ({
      name: basename(path),
      text: path.endsWith('.map') ? rootedSourceMap(text, resolve(root, path), root) : text,
    }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const metafilePath = join(dirname(folder), `${name}.meta.json`);
  await Promise.all([
    ...files.map((file) => writeFile(join(folder, file.name), file.text)),
    writeFile(metafilePath, JSON.stringify(metafile)),
  ]);
  return {
    name,
    folder,
    file: join(folder, 'index.mjs'),
    handler: 'index.handler',
    metafile: metafilePath,
    sizeBytes,
    loadedAtStartBytes: staticBytes(metafile.outputs, entryOutput),
    digest: digestOfFiles(files),
  };
};
