import type { ResolvedContract, StageName } from '../core/contract/resolved.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { EventLog } from '../core/ports/event-log.ts';
import type { LedgerStore, OperationsStore, RowStore, VerdictJournal } from '../core/ports/stores.ts';

/** A pipeline where it runs, as its operator reaches it. */
export interface Deployment {
  readonly contract: ResolvedContract;
  /** The deployment's name: it goes before created topics. */
  readonly environment: string;
  readonly clock: Clock;
  readonly log: EventLog;
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
export const stagesOf = ({ context }: ResolvedContract): readonly StageName[] => [
  ...Object.keys(context).map((name): StageName => `context-${name}`),
  'features',
  'inference',
  'action',
];
