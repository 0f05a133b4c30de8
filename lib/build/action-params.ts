import type { Plugin } from 'esbuild';
import { buildFailed } from './build-failure.ts';
import { engineModule } from './engine.ts';
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

/**
 * The names of the parameters that an action asks the deployment for, in the action's order.
 *
 * @param folder - where the probe is written, absolute
 * @throws {ConfigError} `BUILD_FAILED` where the action cannot be bundled or loaded
 */
export const actionParams = async (
  root: string,
  actionFile: string,
  folder: string,
): Promise<readonly string[]> => {
  try {
    const { loaded } = await loadProbe(actionFile, { root, folder, plugins: [definitionsOnly] });
    return paramsOf(loaded['handler']);
  } catch (thrown) {
    throw await buildFailed('action', thrown);
  }
};
