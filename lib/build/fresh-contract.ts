import type { Plugin } from 'esbuild';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { buildFailed } from './build-failure.ts';
import type { PipelineFolder } from './discover.ts';
import { engineModule } from './engine.ts';
import { filesAmong } from './kept.ts';
import { contractIn } from './load-contract.ts';
import { loadProbe } from './probe.ts';

/** The engine's modules are those of this process: what they throw is of one class. */
const engineOutside: Plugin = {
  name: 'freshet-engine-outside',
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path);
      return file.startsWith(engineModule('.'))
        ? { path: pathToFileURL(file).href, external: true }
        : undefined;
    });
  },
};

export interface FreshContract {
  readonly contract: ResolvedContract;
  /** Every file of the pipeline that it is made of, absolute. */
  readonly inputs: readonly string[];
}

/**
 * A pipeline's contract as its files are now. What `loadContract` gives stays what it was when it was first asked, for Node keeps
 * modules.
 *
 * @param root - the project's root, absolute
 * @param folder - where a copy is written for a moment, absolute
 * @throws {ConfigError} as `loadContract`, and `BUILD_FAILED` where the files do not compile
 */
export const freshContract = async (
  root: string,
  pipeline: PipelineFolder,
  folder: string,
): Promise<FreshContract> => {
  try {
    const { loaded, metafile } = await loadProbe(pipeline.contract, {
      root,
      folder,
      plugins: [engineOutside],
    });
    const inputs = filesAmong(metafile).map((path) => join(root, path));
    return { contract: contractIn(loaded, pipeline), inputs };
  } catch (thrown) {
    throw await buildFailed('contract', thrown);
  }
};
