import type { Embedded } from '../adapters/sqlite/embedded.ts';
import type { Stage, StageWithPorts } from '../core/process.ts';
import type { CommonPorts } from '../core/ports/stage-ports.ts';
import { systemClock, systemRandom } from '../adapters/system.ts';
import type { ResolvedEnvironment } from './environment.ts';
import { stdoutTelemetry } from './telemetry.ts';
import { validatorsOf } from './validators.ts';

/** The name a stage has in metrics, groups and reports. */
const stageName = (stage: Stage): string =>
  stage.kind === 'context' ? `context-${stage.context}` : stage.kind;

/**
 * Opens the ports a stage needs, and no others: adapters are chosen by the environment and loaded only then, so that a
 * bundle starts with what it uses. No effect port is opened for any stage but action.
 *
 * @throws {ConfigError} for an address or a parameter that cannot serve
 */
export const openPorts = async (stage: Stage, environment: ResolvedEnvironment): Promise<StageWithPorts> => {
  const { contract } = stage;
  const { openEmbedded } = await import('../adapters/sqlite/embedded.ts');
  const open = (folder: string): Embedded =>
    openEmbedded({ folder, pipeline: contract.pipeline, clock: systemClock });
  const embedded = open(environment.store.location);
  const { log } =
    environment.log.location === environment.store.location ? embedded : open(environment.log.location);
  const common: CommonPorts = {
    clock: systemClock,
    random: systemRandom,
    producer: log,
    topics: log,
    operations: embedded.operations,
    verdicts: embedded.verdicts,
    telemetry: stdoutTelemetry(contract.pipeline, stageName(stage)),
    validators: validatorsOf(contract),
  };
  switch (stage.kind) {
    case 'context':
      return { stage, ports: { ...common, context: embedded.context } };
    case 'features':
      return { stage, ports: { ...common, rows: embedded.rows, context: embedded.context } };
    case 'inference': {
      const [{ coalescingLedger }, { powertoolsOnce }] = await Promise.all([
        import('../adapters/coalescing-ledger.ts'),
        import('../adapters/powertools-idempotency.ts'),
      ]);
      const claims = coalescingLedger(embedded.claims);
      return { stage, ports: { ...common, claims, settleOnce: powertoolsOnce(claims) } };
    }
    case 'action': {
      const { coalescingLedger } = await import('../adapters/coalescing-ledger.ts');
      const transport = stage.via.open(environment.params);
      return { stage, ports: { ...common, effects: coalescingLedger(embedded.effects), transport } };
    }
  }
};
