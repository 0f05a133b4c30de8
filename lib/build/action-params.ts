import type { Metafile, Plugin } from 'esbuild';
import { buildFailed } from './build-failure.ts';
import { engineModule } from './engine.ts';
import { keptOrMade, openKeptOf, type Kept } from './kept.ts';
import { loadProbe } from './probe.ts';

/** Puts the definition in the place of the handler: a stage can be looked at without being started. */
const definitionsOnly: Plugin = {
  name: 'freshet-definitions',
  setup(builder) {
    const handleModule = engineModule('runtime/handle.ts');
    builder.onLoad({ filter: /[\\/]handle\.ts$/ }, ({ path }) =>
      path === handleModule
        ? { contents: 'export const handle = (stage) => stage;', loader: 'js' }
        : undefined,
    );
  },
};

const isNamed = (value: unknown): value is { readonly name: string } =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';

const paramsOf = (handler: unknown): readonly string[] => {
  const via = typeof handler === 'object' && handler !== null && 'via' in handler ? handler.via : undefined;
  const params = typeof via === 'object' && via !== null && 'params' in via ? via.params : undefined;
  return Array.isArray(params) ? params.filter(isNamed).map(({ name }) => name) : [];
};

interface Looked {
  readonly params: readonly string[];
  readonly metafile: Metafile;
}

interface ActionFile {
  /** Of the project, absolute. */
  readonly root: string;
  readonly actionFile: string;
  /** Where the probe is written, absolute. */
  readonly folder: string;
}

const look = async ({ root, actionFile, folder }: ActionFile): Promise<Looked> => {
  const { loaded, metafile } = await loadProbe(actionFile, { root, folder, plugins: [definitionsOnly] });
  return { params: paramsOf(loaded['handler']), metafile };
};

/**
 * The names of the parameters that an action asks the deployment for, in the action's order. It is looked at once for as long
 * as its files are the same: a bundler alone takes longer to start than all else that a run without changes has to build.
 *
 * @param options.isKept - whether it is looked for among what was found before: not for what is saved again in a moment. Default: true
 * @throws {ConfigError} `BUILD_FAILED` where the action cannot be bundled or loaded
 */
export const actionParams = async (
  { isKept = true, ...action }: ActionFile & { readonly isKept?: boolean },
  keptBy?: () => Promise<Kept | undefined>,
): Promise<readonly string[]> => {
  const { root, actionFile } = action;
  try {
    const kept = isKept ? await openKeptOf(root, keptBy) : undefined;
    const making = { kind: 'params', madeOf: [root, actionFile], root };
    return (await keptOrMade(kept, making, () => look(action))).params;
  } catch (thrown) {
    throw await buildFailed('action', thrown);
  }
};
