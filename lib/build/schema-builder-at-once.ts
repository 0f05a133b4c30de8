/**
 * The schema builder is some 370 modules: to load them takes Node 110 ms of CPU (24.21, by `process.cpuUsage`), and a command
 * that reads a contract waits for them before anything else. As one module it takes 4 ms.
 */
import { buildSync } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fingerprints, longestMs } from './kept.ts';

const builder = /^typebox(?:\/|$)/;
const packageFolder = /^(.*[\\/]node_modules[\\/]typebox)[\\/]/;

/** Of the package. */
interface Manifest {
  readonly exports: Readonly<Record<string, { readonly import: string }>>;
}

/** What is kept beside the modules that were made. */
interface Made {
  /** Fingerprints of the files that they were made of, by their paths from the package. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Names of the modules that were made, those that only others import among them. */
  readonly names: readonly string[];
  /** Of those, the name that stands for an entry of the package, by the entry's path from there. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Under a name of this process until it is whole: another may be writing the same. */
const put = (file: string, text: string): void => {
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
};

/** All entries together, so that what two of them share stays one, as it is where each module is loaded by itself. */
const make = (folder: string, kept: string): Made => {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: folder,
    entryPoints: Object.values(manifest.exports).map((entry, index) => ({
      in: entry.import,
      out: `typebox-${index}`,
    })),
    outdir: kept,
    entryNames: '[name]-[hash]',
    chunkNames: 'typebox-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  mkdirSync(kept, { recursive: true });
  for (const { path, text } of outputFiles) put(path, text);
  const outputs = Object.entries(metafile.outputs);
  return {
    inputs: fingerprints(folder, ['package.json', ...Object.keys(metafile.inputs)]),
    names: outputs.map(([output]) => basename(output)),
    entries: Object.fromEntries(
      outputs.flatMap(([output, { entryPoint }]) =>
        entryPoint === undefined ? [] : [[entryPoint, basename(output)]],
      ),
    ),
  };
};

/** What was made of the very same files before, as long as all of it is there. */
const readMade = (folder: string, kept: string, index: string): Made | undefined => {
  try {
    // Written anew in time: another process may drop what is old between this look and the import.
    if (Date.now() - statSync(index).mtimeMs > longestMs / 2) return undefined;
    const made = JSON.parse(readFileSync(index, 'utf8')) as Made;
    const now = fingerprints(folder, Object.keys(made.inputs));
    const isSame = Object.entries(made.inputs).every(([path, before]) => now[path] === before);
    return isSame && made.names.every((name) => existsSync(join(kept, name))) ? made : undefined;
  } catch {
    return undefined;
  }
};

/**
 * @param url - of a module of the package
 * @param isMade - whether they are made where none are kept
 * @returns addresses of the modules that stand for its entries, by those of the entries; none where nothing can be written or
 *   bundled: then each module is loaded by itself, as ever
 */
const standInsFor = (url: string, isMade: boolean): ReadonlyMap<string, string> => {
  try {
    const folder = packageFolder.exec(fileURLToPath(url))?.[1];
    if (folder === undefined) return new Map();
    const kept = join(dirname(folder), '.cache/freshet');
    const index = join(kept, 'typebox.json');
    let made = readMade(folder, kept, index);
    if (made === undefined) {
      if (!isMade) return new Map();
      made = make(folder, kept);
      put(index, JSON.stringify(made));
    }
    return new Map(
      Object.entries(made.entries).map(([entry, name]) => [
        pathToFileURL(join(folder, entry)).href,
        pathToFileURL(join(kept, name)).href,
      ]),
    );
  } catch {
    return new Map();
  }
};

/**
 * For this thread; to be called before a contract is loaded. What is made is kept in `node_modules/.cache/freshet`.
 *
 * @param options.isMade - whether it is made where none is kept: that takes longer than one load of all modules. Default: true
 */
export const loadSchemaBuilderAtOnce = ({ isMade = true }: { readonly isMade?: boolean } = {}): void => {
  let standIns: ReadonlyMap<string, string> | undefined;
  module.registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      if (!builder.test(specifier)) return resolved;
      standIns ??= standInsFor(resolved.url, isMade);
      return { ...resolved, url: standIns.get(resolved.url) ?? resolved.url };
    },
  });
};
