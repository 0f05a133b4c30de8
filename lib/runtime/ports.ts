import { asksRegistry } from '../core/contract/formats.ts';
import { contextStageName, type ResolvedContract, type ResolvedSource } from '../core/contract/resolved.ts';
import type { Stage, StageWithPorts } from '../core/process.ts';
import type { CommonPorts } from '../core/ports/stage-ports.ts';
import type { ContextStore, LedgerStore } from '../core/ports/stores.ts';
import type { ValueDecoder } from '../core/ports/value-decoder.ts';
import type { Transport } from '../core/stages/action.ts';
import { systemClock, systemRandom } from '../adapters/system.ts';
import type { EpochMs } from '../core/units.ts';
import { jsonValues } from '../adapters/wire/json-values.ts';
import type { ResolvedEnvironment } from './environment.ts';
import { openLog } from './log.ts';
import { withPayloads } from './payloads.ts';
import { openStores, type Stores } from './stores.ts';
import { stdoutTelemetry } from './telemetry.ts';
import { validatorsOf } from './validators.ts';
import { registryDecoder } from './wire-formats.ts';

/** What the invocation that is being served says of itself: an environment serves one at a time. */
export interface InvocationFacts {
  /** When it ends. */
  readonly deadline: () => EpochMs;
  /** The brokers that its event names, if it does. */
  readonly eventBrokers: () => readonly string[] | undefined;
}

/** Hosted models answer one by one, each after hundreds of milliseconds: beside them it is short, and saves most calls. */
const claimsGathered = { clock: systemClock, forMs: 10 };

/** The name a stage has in metrics, groups and reports. */
const stageName = (stage: Stage): string =>
  stage.kind === 'context' ? contextStageName(stage.context) : stage.kind;

const valuesOf = async (
  { format }: ResolvedSource,
  { registry }: ResolvedEnvironment,
): Promise<ValueDecoder> => (asksRegistry(format) ? registryDecoder(format, registry) : jsonValues);

/**
 * Opens the ports a stage needs, and no others: adapters are chosen by the environment and loaded only then, so that a
 * bundle starts with what it uses. No effect port is opened for any stage but action.
 *
 * @param transport - an action's way to the outside, where it was opened at cold start
 * @throws {ConfigError} for an address or a parameter that cannot serve
 */
export const openPorts = async (
  stage: Stage,
  environment: ResolvedEnvironment,
  invocation: InvocationFacts,
  transport?: Transport,
): Promise<StageWithPorts> => {
  const { contract } = stage;
  const stores = await openStores(contract, environment, invocation.deadline);
  const log = await openLog(contract, stageName(stage), environment, invocation);
  const telemetry = stdoutTelemetry(contract.pipeline, stageName(stage));
  const common: CommonPorts = {
    clock: systemClock,
    random: systemRandom,
    producer: log,
    topics: log,
    operations: stores.operations,
    verdicts: stores.verdicts,
    telemetry,
    validators: validatorsOf(contract),
  };
  const ledgerOf = async (name: 'inference' | 'action', store: LedgerStore): Promise<LedgerStore> => {
    const { coalescingLedger } = await import('../adapters/coalescing-ledger.ts');
    const { payloads } = environment;
    const ledger = coalescingLedger(store, name === 'inference' ? claimsGathered : undefined);
    return payloads === null
      ? ledger
      : withPayloads(ledger, payloads, { contract, stage: name, deadline: invocation.deadline, telemetry });
  };
  switch (stage.kind) {
    case 'context': {
      const values = await valuesOf(stage.definition.source, environment);
      return { stage, ports: { ...common, values, context: stores.context } };
    }
    case 'features': {
      const values = await valuesOf(contract.source, environment);
      return { stage, ports: { ...common, values, rows: stores.rows, context: contextOf(contract, stores) } };
    }
    case 'inference': {
      const [claims, { powertoolsOnce }] = await Promise.all([
        ledgerOf('inference', stores.claims),
        import('../adapters/powertools-idempotency.ts'),
      ]);
      return { stage, ports: { ...common, claims, settleOnce: powertoolsOnce(claims) } };
    }
    case 'action':
      return {
        stage,
        ports: {
          ...common,
          effects: await ledgerOf('action', stores.effects),
          transport: transport ?? stage.via.open(environment.params),
        },
      };
  }
};

/** Nothing is asked of a context that the contract does not have: its table does not exist. */
const contextOf = ({ context }: ResolvedContract, stores: Stores): ContextStore =>
  Object.keys(context).length > 0
    ? stores.context
    : {
        observe: async () => [],
        newest: async (queries) => queries.map(() => ({ kind: 'read', value: undefined })),
        forget: async () => 0,
      };
