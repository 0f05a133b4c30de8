import { version, type Metafile } from 'esbuild';
import { createHash, hash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { engineModule } from './engine.ts';

/** Where bundles are kept between builds: `node_modules/.cache/freshet`. */
export interface Kept {
  /** Of the bundler, the engine's own modules and what is installed. */
  readonly engineDigest: string;
  /** Whether what is installed there is what is installed for the engine. */
  answersFor(root: string): boolean;
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
}

/** An entry that nobody wrote for so long is of a state of the project that nobody has any more, ms. */
export const longestMs = 14 * 86_400_000;

/** The nearest `node_modules` from the engine upwards that a package manager has signed for with what it installed. */
const installed = (folder = dirname(engineModule('.'))): string | undefined => {
  const modules = join(folder, 'node_modules');
  if (existsSync(join(modules, '.package-lock.json'))) return modules;
  return dirname(folder) === folder ? undefined : installed(dirname(folder));
};

const engineDigestOf = async (modules: string): Promise<string> => {
  const folder = engineModule('.');
  const files = (await readdir(folder, { recursive: true }))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(sep).join('/'))
    .toSorted();
  const digest = createHash('sha256').update(version);
  digest.update(await readFile(join(modules, '.package-lock.json')));
  for (const file of files) digest.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  return digest.digest('hex');
};

const dropOld = async (folder: string): Promise<void> => {
  const now = Date.now();
  await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const file = join(folder, name);
      if (now - (await stat(file)).mtimeMs > longestMs) await rm(file, { force: true });
    }),
  );
};

/** Under a name of this process until it is whole: another may be writing the same. A folder that is read-only keeps nothing. */
const write = async (file: string, text: string): Promise<void> => {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.${process.pid}`, text);
    await rename(`${file}.${process.pid}`, file);
    await dropOld(dirname(file));
  } catch {
    return;
  }
};

let opening: Promise<Kept | undefined> | undefined;

const open = async (): Promise<Kept | undefined> => {
  const modules = installed();
  if (modules === undefined) return undefined;
  const folder = join(modules, '.cache/freshet');
  return {
    engineDigest: await engineDigestOf(modules),
    answersFor: (root) => resolve(root) === dirname(modules),
    read: async (name) => readFile(join(folder, `${name}.json`), 'utf8').catch(() => undefined),
    write: async (name, text) => write(join(folder, `${name}.json`), text),
  };
};

/** `undefined` where nobody says what is installed: then nothing can be known to be the same. */
export const openKept = (): Promise<Kept | undefined> => (opening ??= open());

/** For what is made of a project's files: what is installed for this engine is known, and for a pipeline elsewhere it is not. */
export const openKeptOf = async (root: string, keptBy = openKept): Promise<Kept | undefined> => {
  const kept = await keptBy();
  return kept?.answersFor(root) === true ? kept : undefined;
};

/** What is kept of something that was bundled. */
interface Entry<Value> {
  readonly value: Value;
  /** Fingerprints of the files that it was made of. */
  readonly inputs: Readonly<Record<string, string>>;
}

const isInstalled = /(?:^|\/)node_modules\//;

/** Files that are edited are read; those of packages are many, and are written when they are installed or patched. */
const fingerprint = (file: string): string => {
  try {
    if (!isInstalled.test(file.split(sep).join('/'))) return hash('sha256', readFileSync(file));
    const { size, mtimeMs } = statSync(file);
    return `${size} ${mtimeMs}`;
  } catch {
    return 'none';
  }
};

/** One after the other: of hundreds of small files, each takes less time than a turn of the event loop. */
export const fingerprints = (root: string, paths: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(paths.map((path) => [path, fingerprint(join(root, path))]));

/** The files among a bundle's inputs, from its root; the others are generated, by what a name stands for. */
export const filesAmong = ({ inputs }: Metafile): readonly string[] =>
  Object.keys(inputs).filter((path) => !/^[\w-]{2,}:/.test(path));

interface Making {
  /** Begins the names of those that are kept. */
  readonly kind: string;
  /** All that it is made of beside its files, the engine and what is installed; as JSON. */
  readonly madeOf: unknown;
  /** Its inputs are named from there, absolute. */
  readonly root: string;
}

/** What was bundled before of the very same, for as long as every file that went into it is the same; else it is made, and kept. */
export const keptOrMade = async <Value extends { readonly metafile: Metafile }>(
  kept: Kept | undefined,
  { kind, madeOf, root }: Making,
  make: () => Promise<Value>,
): Promise<Value> => {
  if (kept === undefined) return make();
  const name = `${kind}-${hash('sha256', JSON.stringify([kept.engineDigest, madeOf])).slice(0, 16)}`;
  const text = await kept.read(name);
  if (text !== undefined) {
    const { value, inputs } = JSON.parse(text) as Entry<Value>;
    const now = fingerprints(root, Object.keys(inputs));
    if (Object.entries(inputs).every(([path, before]) => now[path] === before)) return value;
  }
  const value = await make();
  const inputs = fingerprints(root, [...filesAmong(value.metafile), 'package.json']);
  await kept.write(name, JSON.stringify({ value, inputs } satisfies Entry<Value>));
  return value;
};
