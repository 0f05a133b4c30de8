import type { BuildResult, Metafile, Plugin } from 'esbuild';
import { createHash } from 'node:crypto';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { build } from './bundler.ts';
import { engineModule } from './engine.ts';
import { kafkaClientPlugin } from './kafka-client-plugin.ts';
import { leanDependenciesPlugin } from './lean-dependencies-plugin.ts';
import { handlerFormat } from './handler-format.ts';
import { keptOrMade, openKept } from './kept.ts';
import { nodeModulesPlugin } from './node-modules-plugin.ts';
import { sideEffectsPlugin } from './side-effects-plugin.ts';

/** Adapters that bring large libraries, from `lib/`: a stage loads them lazily, and through these doors alone. */
const doors: readonly string[] = [
  'adapters/dynamodb/dynamodb.ts',
  'adapters/kafka/authenticated.ts',
  'adapters/kafka/stage-log.ts',
  'adapters/powertools-idempotency.ts',
  'adapters/s3/payload-store.ts',
];

/** What is behind the doors, from `lib/`. */
const rooms = ['adapters/dynamodb', 'adapters/kafka', 'adapters/powertools-idempotency.ts', 'adapters/s3'];

/** Of those rooms, what a stage's environment is read by, before any adapter is loaded. */
const atStart = 'adapters/dynamodb/tables.ts';

const engineFolder = engineModule('.');

/** A module of the engine by its path from `lib/`, on every system with slashes. */
const engineName = (file: string): string => relative(engineFolder, file).split(sep).join('/');

const isBehindDoors = (file: string): boolean => {
  const name = engineName(file);
  return name !== atStart && rooms.some((room) => name === room || name.startsWith(`${room}/`));
};

const outputOf = (door: string): string => door.replace(/\.ts$/, '').replaceAll('/', '.');

/** An import that the adapters have of the engine, as their bundle spells it: without a place on this machine. */
const engineImport = /^freshet-engine:/;

/** The engine's other modules stay outside: a stage has each of them once, and its errors are of one class. */
const outsidePlugin: Plugin = {
  name: 'freshet-outside-adapters',
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path);
      return isBehindDoors(file)
        ? undefined
        : { path: `freshet-engine:${engineName(file)}`, external: true, sideEffects: false };
    });
  },
};

interface SourceMap {
  /** Named from the folder that `lib/` is in. */
  readonly sources: readonly string[];
}

/** The adapters as every stage gets them. Nothing in it names a place on this machine: it may be moved with the project. */
interface PrebundledAdapters {
  /** Outputs by name. */
  readonly outputs: Readonly<Record<string, { readonly code: string; readonly map: SourceMap }>>;
  /** What each output is made of; a stage's own metafile knows the outputs alone. */
  readonly metafile: Metafile;
}

/**
 * The code with its map inside, for the bundler would look for a map beside code that lies nowhere.
 *
 * @param outFolder - of the bundle: sources are named from there, as those are that the bundler has found itself
 */
const withMapInside = ({ code, map }: PrebundledAdapters['outputs'][string], outFolder: string): string => {
  const sources = map.sources.map((source) =>
    relative(outFolder, resolve(dirname(engineFolder), source))
      .split(sep)
      .join('/'),
  );
  const data = Buffer.from(JSON.stringify({ ...map, sources })).toString('base64');
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${data}\n`;
};

const bundle = async (): Promise<PrebundledAdapters> => {
  const { outputFiles, metafile }: BuildResult<{ write: false; metafile: true }> = await build({
    absWorkingDir: dirname(engineFolder),
    entryPoints: doors.map((door) => ({ in: engineModule(door), out: outputOf(door) })),
    outdir: dirname(engineFolder),
    ...handlerFormat,
    sourcemap: 'external',
    sourcesContent: false,
    metafile: true,
    write: false,
    logLevel: 'silent',
    plugins: [outsidePlugin, leanDependenciesPlugin, kafkaClientPlugin, sideEffectsPlugin, nodeModulesPlugin],
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const outputs = Object.fromEntries(
    [...texts]
      .filter(([name]) => name.endsWith('.mjs'))
      .map(([name, code]) => {
        const map = JSON.parse(texts.get(`${name}.map`) ?? '{"sources":[]}') as SourceMap;
        return [name, { code, map }];
      }),
  );
  return { outputs, metafile };
};

const bundleOrKept = async (): Promise<PrebundledAdapters> =>
  keptOrMade(await openKept(), { kind: 'adapters', madeOf: null, root: dirname(engineFolder) }, bundle);

let bundling: Promise<PrebundledAdapters> | undefined;

/** @throws the bundler's failure, for adapters that it cannot bundle */
export const prebundledAdapters = (): Promise<PrebundledAdapters> => (bundling ??= bundleOrKept());

let digest: Promise<string> | undefined;

const digestOf = async (): Promise<string> =>
  createHash('sha256')
    .update(JSON.stringify((await prebundledAdapters()).outputs))
    .digest('hex');

/** SHA-256 of the adapters' code, some megabytes: a stage's own inputs do not name the files behind it. */
export const adaptersDigest = (): Promise<string> => (digest ??= digestOf());

/**
 * Puts the adapters with large libraries into a handler from a bundle of their own, which is the same for every stage: a
 * thousand modules are looked at once, and not at every build of every stage.
 */
export const prebundledAdaptersPlugin: Plugin = {
  name: 'freshet-prebundled-adapters',
  setup(builder) {
    const namespace = 'freshet-adapters';
    const outFolder = builder.initialOptions.outdir ?? dirname(engineFolder);
    const prebundled = new Map(doors.map((door) => [engineModule(door), `${outputOf(door)}.mjs`]));
    builder.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const name = prebundled.get(join(resolveDir, path));
      return name === undefined ? undefined : { path: name, namespace };
    });
    builder.onResolve({ filter: /^\.\/.*\.mjs$/, namespace }, ({ path }) => ({
      path: path.slice('./'.length),
      namespace,
    }));
    builder.onResolve({ filter: engineImport }, ({ path }) => ({
      path: engineModule(path.replace(engineImport, '')),
    }));
    builder.onLoad({ filter: /.*/, namespace }, async ({ path }) => {
      const output = (await prebundledAdapters()).outputs[path];
      return output && { contents: withMapInside(output, outFolder), resolveDir: engineFolder, loader: 'js' };
    });
  },
};
