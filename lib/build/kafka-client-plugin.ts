import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import type { OnResolveArgs, Plugin, PluginBuild } from 'esbuild';
import { isOptionsCompiler, uncheckedOptions } from './unchecked-kafka-options.ts';

/** Its best takes 0.1 s, in a thread of Node's own: the bundler asks for other modules meanwhile. */
const compress = promisify(brotliCompress);

/** Set on a resolution that this plugin asks for itself. */
const own = Symbol('own resolution');

/** `Uint8Array.from(globalThis.atob('…'), …)`: the bytes of the WebAssembly. */
const inlined = /Uint8Array\.from\(globalThis\.atob\('([A-Za-z0-9+/=]+)'\), c => c\.codePointAt\(0\)\)/;

/** The same module with its bytes compressed: half of them. */
const withCompressed = async (source: string, path: string): Promise<string> => {
  const bytes = inlined.exec(source)?.[1];
  if (bytes === undefined)
    throw new Error(
      `${path} holds its WebAssembly in another form than expected: see how its version differs`,
    );
  const compressed = (await compress(Buffer.from(bytes, 'base64'))).toString('base64');
  return `import { brotliDecompressSync } from 'node:zlib';\n${source.replace(
    inlined,
    () => `brotliDecompressSync(Buffer.from('${compressed}', 'base64'))`,
  )}`;
};

/**
 * Makes the Kafka client small: it is one module that holds consumers, schema registries and all they need, of which the
 * adapter uses connections and requests.
 *
 * - Nothing in it does anything when it is loaded but define itself, so what is not used can be left out; its package does
 *   not say so.
 * - Its checksums are WebAssembly that it reads from a file beside it: a bundle has none. It brings the same with the bytes
 *   inside.
 * - Its options go unchecked.
 */
export const kafkaClientPlugin: Plugin = {
  name: 'freshet-kafka-client',
  setup(build) {
    const resolve = async (args: OnResolveArgs): ReturnType<PluginBuild['resolve']> =>
      build.resolve(args.path, {
        kind: args.kind,
        resolveDir: args.resolveDir,
        importer: args.importer,
        pluginData: own,
      });
    build.onResolve({ filter: /^@platformatic\/wasm-utils$/ }, async (args) =>
      args.pluginData === own ? undefined : resolve({ ...args, path: `${args.path}/bundled` }),
    );
    build.onLoad({ filter: /[\\/]wasm-utils[\\/]dist[\\/]bundled\.js$/ }, async ({ path }) => ({
      contents: await withCompressed(await readFile(path, 'utf8'), path),
      loader: 'js',
    }));
    build.onResolve({ filter: /^ajv\// }, ({ importer, path }) =>
      isOptionsCompiler(path, importer) ? { path, namespace: 'freshet-kafka-options' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'freshet-kafka-options' }, () => ({
      contents: uncheckedOptions,
      loader: 'js',
    }));
  },
};
