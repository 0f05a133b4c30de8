import type { Plugin } from 'esbuild';
import type { ResolvedContract, StageName } from '../core/contract/resolved.ts';
import { engineModule } from './engine.ts';

/** What keeps payloads in a bucket takes of a handler's size, bytes. */
const payloadStoreBytes = 20_000;

/** Whether a stage has a ledger whose contents may lie in a bucket. */
const keepsPayloads = ({ largePayloads }: ResolvedContract, stage: StageName): boolean =>
  largePayloads === 'bucket' && (stage === 'inference' || stage === 'action');

export const payloadBytes = (contract: ResolvedContract, stage: StageName): number =>
  keepsPayloads(contract, stage) ? payloadStoreBytes : 0;

/** Leaves out of a bundle what keeps payloads in a bucket, where its stage does not. */
export const payloadsPlugin = (contract: ResolvedContract, stage: StageName): Plugin => {
  const payloadsModule = engineModule('runtime/payloads.ts');
  return {
    name: 'freshet-payloads',
    setup(build) {
      if (keepsPayloads(contract, stage)) return;
      build.onLoad({ filter: /[\\/]payloads\.ts$/ }, ({ path }) =>
        path === payloadsModule
          ? { contents: 'export const withPayloads = undefined;', loader: 'js' }
          : undefined,
      );
    },
  };
};
