import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Packages whose modules do nothing when they are loaded but define themselves, and that do not say so in their package.json. */
const packages = /[\\/]node_modules[\\/](?:@platformatic[\\/]kafka|typebox)[\\/]/;

/** Set on a resolution that this plugin asks for itself. */
const own = Symbol('own resolution');

/** Lets the bundler leave out what nobody uses of packages that are one large module, or re-export all they have. */
export const sideEffectsPlugin: Plugin = {
  name: 'freshet-side-effects',
  setup(build) {
    build.onResolve({ filter: /^@platformatic\/kafka$/ }, async (args) => {
      if (args.pluginData === own) return undefined;
      const { kind, resolveDir, importer } = args;
      const resolved = await build.resolve(args.path, { kind, resolveDir, importer, pluginData: own });
      return resolved.errors.length > 0 ? resolved : { path: resolved.path, sideEffects: false };
    });
    // Their own imports name files: no need to ask where they are, for every import of every package comes by here.
    build.onResolve({ filter: /^\.\.?\/.*\.m?js$/ }, ({ importer, resolveDir, path }) =>
      packages.test(importer) ? { path: join(resolveDir, path), sideEffects: false } : undefined,
    );
  },
};
