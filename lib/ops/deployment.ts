import type { ResolvedContract, StageName } from '../core/contract/resolved.ts';
import { stageSources } from '../core/contract/stage-sources.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { ConsumerGroups, EventLog } from '../core/ports/event-log.ts';
import type { LedgerStore, OperationsStore, RowStore, VerdictJournal } from '../core/ports/stores.ts';

/** A pipeline where it runs, as its operator reaches it. */
export interface Deployment {
  readonly contract: ResolvedContract;
  /** The deployment's name: it goes before created topics. */
  readonly environment: string;
  readonly clock: Clock;
  readonly log: EventLog;
  /** The log's brokers, `host:port` each; `null` where it has none: the embedded one. */
  readonly brokers: readonly string[] | null;
  readonly groups: ConsumerGroups;
  readonly operations: OperationsStore;
  readonly rows: RowStore;
  readonly claims: LedgerStore;
  readonly effects: LedgerStore;
  readonly verdicts: VerdictJournal;
  /** The stage that a function is, by its ARN; `undefined` where it is another pipeline's: they may share a dead-letter topic. */
  readonly stageOfFunction: (functionArn: string) => StageName | undefined;
}

/** Who changes something, and why: for the audit trail. */
export interface Operator {
  readonly who: string;
  readonly why: string;
}

/** Leaves an audit record. Called before anything changes, so that no change is without one. */
export const audit = (
  { operations, clock }: Pick<Deployment, 'operations' | 'clock'>,
  { who, why }: Operator,
  what: string,
): Promise<void> => operations.audit({ at: clock.now(), who, what, why });

/** The stages of a pipeline, in the order of the chain. */
export const stagesOf = (contract: ResolvedContract): readonly StageName[] =>
  stageSources(contract).map(({ name }) => name);

/** What a deployment stands on: its log and its stores, embedded or real. */
export type DeploymentPorts = Pick<
  Deployment,
  'log' | 'brokers' | 'groups' | 'operations' | 'rows' | 'claims' | 'effects' | 'verdicts'
>;

/** A pipeline on these ports. */
export const deploymentOn = (
  ports: DeploymentPorts,
  of: Pick<Deployment, 'contract' | 'environment' | 'clock'>,
): Deployment => {
  const { contract, environment } = of;
  const stages = stagesOf(contract);
  const { log, brokers, groups, operations, rows, claims, effects, verdicts } = ports;
  return {
    ...of,
    log,
    brokers,
    groups,
    operations,
    rows,
    claims,
    effects,
    verdicts,
    stageOfFunction: (functionArn) => {
      const [, , , , , , name] = functionArn.split(':');
      return stages.find((stage) => name === `${environment}-${contract.pipeline}-${stage}`);
    },
  };
};
