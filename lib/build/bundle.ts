import type { BuildOptions, BuildResult, Metafile, Plugin } from 'esbuild';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './bundler.ts';
import { handlerFormat, handlerMinified, type HandlerForm } from './handler-format.ts';
import { keptOrMade, openKeptOf, type Kept } from './kept.ts';
import { rootedSourceMap } from './source-maps.ts';

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

export interface Bundling {
  /** Absolute: sources are named from here. */
  readonly root: string;
  readonly name: string;
  readonly entry: StageEntry;
  readonly form: HandlerForm;
  /** Made only where there is something to bundle. */
  readonly plugins: () => readonly Plugin[];
  /** What decides on the bundle beside its files: of equal texts the plugins are equal. */
  readonly madeOf: string;
  /** Whether it is looked for among what was bundled before, and put there: not for what is saved again in a moment. @default true */
  readonly isKept?: boolean;
}

/** A bundle as it is uploaded. */
export interface Bundle {
  readonly files: readonly OutputText[];
  readonly metafile: Metafile;
}

export interface OutputText {
  readonly name: string;
  readonly text: string;
}

const outputFolder = (root: string, name: string): string => join(root, 'dist', name);

/** CommonJS inside ESM that asks for Node's own modules needs a `require`; bundles without it do not pay for one. */
export const requireBanner = `import{createRequire as freshetRequire}from'node:module';const require=freshetRequire(import.meta.url);`;

/**
 * What esbuild's own shim throws without a `require`: it is there where one is asked for. The metafile says it too, but not of
 * code that was bundled before, whose calls are calls of the shim already.
 */
const shimText = 'Dynamic require of';

const optionsOf = ({
  root,
  name,
  entry,
  form,
  plugins,
}: Bundling): BuildOptions & { metafile: true; write: false } => ({
  absWorkingDir: root,
  entryPoints: [{ in: 'source' in entry ? 'freshet-entry' : entry.file, out: 'index' }],
  // Nothing is written there. The same code has the same names and maps, wherever its files go.
  outdir: outputFolder(root, name),
  ...handlerFormat,
  ...(form === 'debuggable' ? { sourceRoot: `${pathToFileURL(root).href}/` } : handlerMinified),
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  write: false,
  logLevel: 'silent',
  plugins: [generatedEntry(entry), ...plugins()],
});

type Built = BuildResult<{ metafile: true; write: false }>;

/** The outputs as they are uploaded. Where one asks for a `require`, all get it, on a line of its own: the bundler's shim may be in any. */
const filesOf = ({ outputFiles }: Built, root: string): readonly OutputText[] => {
  const isAsked = outputFiles.some(({ path, text }) => path.endsWith('.mjs') && text.includes(shimText));
  return outputFiles
    .map(({ path, text }): OutputText => {
      if (path.endsWith('.map')) {
        const map = rootedSourceMap(text, resolve(root, path), root, isAsked ? 1 : 0);
        return { name: basename(path), text: map };
      }
      return { name: basename(path), text: isAsked ? `${requireBanner}\n${text}` : text };
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
};

const bundleAnew = async (bundling: Bundling): Promise<Bundle> => {
  const built: Built = await build(optionsOf(bundling));
  return { files: filesOf(built, bundling.root), metafile: built.metafile };
};

/**
 * Bundles, or takes what was bundled before of the very same: engine, installed packages, files of the pipeline, contract.
 *
 * @throws the bundler's failure
 */
export const bundle = async (
  bundling: Bundling,
  keptBy?: () => Promise<Kept | undefined>,
): Promise<Bundle> => {
  const { root, name, entry, form, madeOf, isKept = true } = bundling;
  const kept = isKept ? await openKeptOf(root, keptBy) : undefined;
  return keptOrMade(kept, { kind: `stage-${name}`, madeOf: [root, entry, form, madeOf], root }, () =>
    bundleAnew(bundling),
  );
};
