import type { Metafile } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { StageName } from '../core/contract/resolved.ts';
import { buildFailed } from './build-failure.ts';
import { bundle, type Bundling, type OutputText } from './bundle.ts';
import { checkBundle } from './bundle-checks.ts';

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

/** Bytes of an output and of all that it imports statically. */
const staticBytes = (outputs: Metafile['outputs'], entry: string): number => {
  const reached = new Set([entry]);
  for (const path of reached)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && imported in outputs) reached.add(imported);
  return [...reached].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
};

const digestOfFiles = (files: readonly OutputText[]): string => {
  const hash = createHash('sha256');
  for (const { name, text } of files) hash.update(`${name.length}:${name}${text.length}:${text}`);
  return hash.digest('hex');
};

export interface StageBundling extends Bundling {
  readonly name: StageName;
  /** Absolute; emptied first. */
  readonly folder: string;
  /** Size beyond what every handler may have, for libraries that the contract asks for. */
  readonly allowanceBytes: number;
}

/**
 * Bundles one stage into an asset folder.
 *
 * @throws {ConfigError} `BUILD_FAILED` with what the bundler found, or `PIPELINE_INVALID` for a file without a handler
 */
export const bundleStage = async (bundling: StageBundling): Promise<BuiltStage> => {
  const { root, name, folder, form, allowanceBytes } = bundling;
  const { files, metafile } = await bundle(bundling).catch(async (thrown: unknown) => {
    throw await buildFailed(name, thrown);
  });
  const outputs = Object.entries(metafile.outputs);
  const [entryOutput, main] = outputs.find(([path]) => basename(path) === 'index.mjs') ?? ['', undefined];
  const sizeBytes = files
    .filter((file) => file.name.endsWith('.mjs'))
    .reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  checkBundle({
    stage: name,
    metafile,
    entry: main?.entryPoint ?? relative(root, folder),
    exports: main?.exports ?? [],
    sizeBytes,
    // What is deployed is measured, not what is looked at.
    allowanceBytes: form === 'deployed' ? allowanceBytes : Number.POSITIVE_INFINITY,
  });
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
