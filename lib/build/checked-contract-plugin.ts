import type { Plugin } from 'esbuild';
import { engineModule } from './engine.ts';

/**
 * What a build has found out about a contract, and a function need not find out again at each start: that it does not
 * contradict itself, and what is to be warned of.
 */
const found: ReadonlyMap<string, string> = new Map([
  [
    engineModule('core/contract/contradictions/contradictions.ts'),
    'export const contradictionsOf = () => [];',
  ],
  [engineModule('core/contract/warnings.ts'), 'export const warningsOf = () => [];'],
]);

/** Leaves the checks of a contract out of a handler: the build has loaded the contract before it bundles, or there is no bundle. */
export const checkedContractPlugin: Plugin = {
  name: 'freshet-checked-contract',
  setup(build) {
    build.onLoad({ filter: /[\\/](?:contradictions|warnings)\.ts$/ }, ({ path }) => {
      const contents = found.get(path);
      return contents === undefined ? undefined : { contents, loader: 'js' };
    });
  },
};
