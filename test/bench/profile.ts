/** Where CPU went, from V8's own profiles: shares of self time by package, room or part of Node. */
import { readdir, readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The part of a `.cpuprofile` that is read. @see https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      /** From 0. */
      readonly lineNumber: number;
      /** From 0. */
      readonly columnNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** µs before each sample. */
  readonly timeDeltas: readonly number[];
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** The source that a frame of a bundle comes from, by the map beside the bundle; `undefined` where there is none. */
export type SourceOf = (frame: Frame) => string | undefined;

const rootUrl = `${pathToFileURL(resolve(import.meta.dirname, '../..')).href}/`;

const sdk = /^@(?:aws-sdk|smithy|aws-crypto|aws)\//;

/** What the code of a file belongs to: a package, a room of the engine, or else the pipeline. */
const ownerOf = (url: string): string => {
  const file = url.replace(rootUrl, '');
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  if (name !== undefined) return sdk.test(name) ? 'AWS SDK' : name;
  const [, room, inner] = /^(?:\.\.\/)*lib\/([^/]+)\/(?:([^/]+)\/)?/.exec(file) ?? [];
  if (room === undefined) return file.startsWith('test/bench/') ? 'the benchmark' : 'the pipeline';
  return room === 'adapters' && inner !== undefined ? `lib/adapters/${inner}` : `lib/${room}`;
};

const loaders = /^node:internal\/(?:bootstrap|main|modules|process\/pre_execution|vm)\b/;

/** Node's start, its own modules' top levels, and the compilation of what is imported. */
const isLoading = ({ url, functionName, lineNumber }: Frame): boolean =>
  loaders.test(url) || (functionName === '' && lineNumber === 0);

const placeOf = (frame: Frame, sourceOf: SourceOf): string | undefined => {
  const { functionName, url } = frame;
  if (functionName === '(idle)' || functionName === '(root)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (url === '' || url.startsWith('wasm:')) return 'native code';
  if (url.startsWith('node:')) return isLoading(frame) ? 'Node, loading code' : 'Node, at work';
  const source = sourceOf(frame);
  if (source !== undefined) return ownerOf(source);
  return url.endsWith('/index.mjs') || /\/chunk-\w+\.mjs$/.test(url)
    ? 'top level of the bundle'
    : ownerOf(url);
};

/** By place, the largest first; shares of all that was no waiting. */
export const sharesOf = (
  profiles: readonly CpuProfile[],
  sourceOf: SourceOf = () => undefined,
): readonly (readonly [place: string, share: number])[] => {
  const micros = new Map<string, number>();
  let all = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame, sourceOf)]));
    for (const [index, id] of samples.entries()) {
      const place = places.get(id);
      if (place === undefined) continue;
      const delta = timeDeltas[index] ?? 0;
      micros.set(place, (micros.get(place) ?? 0) + delta);
      all += delta;
    }
  }
  return [...micros]
    .map(([place, spent]) => [place, spent / all] as const)
    .toSorted(([, one], [, other]) => other - one);
};

/** `Node 41 %, AWS SDK 20 %, …`: what is under one percent is left out. */
export const sharesText = (shares: ReturnType<typeof sharesOf>): string =>
  shares
    .filter(([, share]) => share >= 0.01)
    .map(([place, share]) => `${place} ${(share * 100).toFixed(0)} %`)
    .join(', ');

export const profilesIn = async (folder: string): Promise<readonly CpuProfile[]> =>
  Promise.all(
    (await readdir(folder))
      .filter((name) => name.endsWith('.cpuprofile'))
      .map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile),
  );

/** Reads the maps of a bundle's folder: `index.mjs.map` for `index.mjs`. */
export const bundledSources = async (bundle: string): Promise<SourceOf> => {
  const folder = dirname(bundle);
  const maps = new Map<string, SourceMap>();
  for (const name of await readdir(folder))
    if (name.endsWith('.map'))
      maps.set(
        join(folder, name.slice(0, -'.map'.length)),
        new SourceMap(
          JSON.parse(await readFile(join(folder, name), 'utf8')) as ConstructorParameters<
            typeof SourceMap
          >[0],
        ),
      );
  return ({ url, lineNumber, columnNumber, functionName }) => {
    if (!url.startsWith('file:')) return undefined;
    const map = maps.get(fileURLToPath(url));
    // The code of all modules together, which begins where the first of them does.
    if (map === undefined || (functionName === '' && lineNumber === 0 && columnNumber === 0))
      return undefined;
    const entry = map.findEntry(lineNumber, columnNumber);
    return 'originalSource' in entry ? entry.originalSource : undefined;
  };
};
