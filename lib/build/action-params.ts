import { build, type Plugin } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildFailed } from './build-failure.ts';
import { requireBanner } from './bundle-stage.ts';
import { engineModule } from './engine.ts';

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
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: [actionFile],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      banner: { js: requireBanner },
      logLevel: 'silent',
      tsconfigRaw: {},
      plugins: [definitionsOnly],
    });
    const text = outputFiles[0]?.text ?? '';
    // Named by its content, for a module is loaded once under one name.
    const file = join(
      folder,
      `action-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.probe.mjs`,
    );
    await mkdir(folder, { recursive: true });
    await writeFile(file, text);
    const loaded = (await import(pathToFileURL(file).href)) as { readonly handler?: unknown };
    return paramsOf(loaded.handler);
  } catch (thrown) {
    throw await buildFailed('action', thrown);
  }
};
