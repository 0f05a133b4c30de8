import { openEmbedded, type Embedded } from '../adapters/sqlite/embedded.ts';
import { systemClock } from '../adapters/system.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import type { Clock } from '../core/ports/clock.ts';
import { deploymentOn, type Deployment } from './deployment.ts';

export interface EmbeddedDeploymentOptions {
  readonly contract: ResolvedContract;
  readonly environment: string;
  /** The state folder of the local run, which may be running: it is shared, not locked. */
  readonly folder: string;
  /** @default the machine's */
  readonly clock?: Clock;
}

/** @throws {ConfigError} `STATE_FOLDER_INVALID` */
export const openEmbeddedDeployment = ({
  contract,
  environment,
  folder,
  clock = systemClock,
}: EmbeddedDeploymentOptions): Deployment & Pick<Embedded, 'effects'> & { close(): void } => {
  const embedded = openEmbedded({ folder, pipeline: contract.pipeline, clock });
  const ports = { ...embedded, brokers: null };
  return {
    ...deploymentOn(ports, { contract, environment, clock }),
    effects: embedded.effects,
    close: () => embedded.close(),
  };
};
