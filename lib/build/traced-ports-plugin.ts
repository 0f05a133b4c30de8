import type { Plugin } from 'esbuild';
import { dirname } from 'node:path';
import { engineModule } from './engine.ts';

/** Has a handler open its ports through those that tell what they are asked; no other bundle contains them. */
export const tracedPortsPlugin: Plugin = {
  name: 'freshet-traced-ports',
  setup(builder) {
    const handle = engineModule('runtime/handle.ts');
    builder.onResolve({ filter: /^\.\/ports\.ts$/ }, ({ importer, resolveDir }) =>
      importer === handle && resolveDir === dirname(handle)
        ? { path: engineModule('runtime/traced/traced-ports.ts') }
        : undefined,
    );
  },
};
