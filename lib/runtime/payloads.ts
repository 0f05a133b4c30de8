import { systemClock } from '../adapters/system.ts';
import { payloadPrefix } from '../core/contract/payloads.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { messageOf } from '../core/errors.ts';
import { payloadLimits } from '../core/ledger/item-size.ts';
import type { PayloadStore } from '../core/ports/payload-store.ts';
import type { Telemetry } from '../core/ports/stage-ports.ts';
import type { LedgerStore } from '../core/ports/stores.ts';
import type { EpochMs } from '../core/units.ts';
import type { BucketAddress, FolderAddress } from './environment.ts';

export interface PayloadsOf {
  readonly contract: ResolvedContract;
  readonly stage: 'inference' | 'action';
  /** When the invocation that is being served ends. */
  readonly deadline: () => EpochMs;
  readonly telemetry: Pick<Telemetry, 'log'>;
}

/** Opens a payload store where the environment says it is. An adapter is loaded only where it is used. */
const openPayloads = async (
  address: FolderAddress | BucketAddress,
  { contract: { pipeline }, deadline }: Pick<PayloadsOf, 'contract' | 'deadline'>,
): Promise<PayloadStore> => {
  if (address.adapter === 'sqlite') {
    const { openEmbedded } = await import('../adapters/sqlite/embedded.ts');
    return openEmbedded({ folder: address.location, pipeline, clock: systemClock }).payloads;
  }
  const { openS3Payloads } = await import('../adapters/s3/payload-store.ts');
  return openS3Payloads({ ...address, clock: systemClock, deadline });
};

/**
 * A stage's ledger, with a place for what is too large for its items.
 *
 * Only bundles of stages whose contract asks for it contain it (lib/build/payloads-plugin.ts).
 */
export const withPayloads = async (
  ledger: LedgerStore,
  address: FolderAddress | BucketAddress,
  of: PayloadsOf,
): Promise<LedgerStore> => {
  const [{ payloadLedger }, payloads] = await Promise.all([
    import('../core/ledger/payload-ledger.ts'),
    openPayloads(address, of),
  ]);
  return payloadLedger(ledger, {
    payloads,
    prefix: payloadPrefix(of.contract, of.stage),
    limits: payloadLimits[of.stage],
    onUnavailable: (cause) => of.telemetry.log('warn', messageOf(cause), {}),
  });
};
