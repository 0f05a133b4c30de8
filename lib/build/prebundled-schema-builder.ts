import type { Metafile } from 'esbuild';
import { relative } from 'node:path';
import { build } from './bundler.ts';
import { handlerFormat } from './handler-format.ts';
import { keptOrMade, openKeptOf } from './kept.ts';
import { sideEffectsPlugin } from './side-effects-plugin.ts';

/** The schema builder as one module, of which a bundle takes what is called. */
export interface PrebundledSchemaBuilder {
  readonly code: string;
  /** Its files are named from the root that it was bundled for. */
  readonly metafile: Metafile;
}

const { splitting: _, chunkNames: __, outExtension: ___, ...oneModule } = handlerFormat;

const bundle = async (file: string, root: string): Promise<PrebundledSchemaBuilder> => {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    ...oneModule,
    metafile: true,
    write: false,
    logLevel: 'silent',
    plugins: [sideEffectsPlugin],
  });
  return { code: outputFiles[0]?.text ?? '', metafile };
};

const bundleOrKept = async (file: string, root: string): Promise<PrebundledSchemaBuilder> =>
  keptOrMade(await openKeptOf(root), { kind: 'schema-builder', madeOf: relative(root, file), root }, () =>
    bundle(file, root),
  );

const bundling = new Map<string, Promise<PrebundledSchemaBuilder>>();

/**
 * Some hundred modules that are looked at once, and not at every build of every stage.
 *
 * @param file - the module with all of the builder, absolute
 * @param root - of the project, absolute
 * @throws the bundler's failure
 */
export const prebundledSchemaBuilder = (file: string, root: string): Promise<PrebundledSchemaBuilder> => {
  const place = JSON.stringify([file, root]);
  const known = bundling.get(place) ?? bundleOrKept(file, root);
  bundling.set(place, known);
  return known;
};
