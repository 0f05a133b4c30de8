import type { StageVerdicts } from '../../adapters/sqlite/verdict-journal.ts';
import type { LedgerState } from '../../core/ledger/item.ts';
import type { Segment } from '../../core/ports/stage-ports.ts';
import type { ReceiverTally } from '../receiver/receiver-journal.ts';
import type { SegmentQuantiles, TargetKept } from '../stages/stage-metrics.ts';
import type { DecisionQuality } from './chain-follower.ts';
import type { Quantiles } from './quantiles.ts';

export interface StageReport {
  /** Records in the topic that the stage reads. */
  readonly received: number;
  /** Distinct records that it was given. */
  readonly consumed: number;
  /** What became of them, by the verdict's label. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Vectors, decisions and outcomes that it wrote. */
  readonly emitted: number;
  /** Of what was settled in this run: since the origin was published. */
  readonly freshnessMs: Quantiles | null;
  readonly segmentsMs: SegmentQuantiles;
}

/** What `--output json` prints. Counts are those of the whole state, times those of this run. */
export interface RunReport {
  readonly pipeline: string;
  /** Whether the whole recording was played and all of it was processed. */
  readonly isComplete: boolean;
  readonly durationMs: number;
  /** By event type, by context, and `rejected`: lines that became dead letters. */
  readonly input: Readonly<Record<string, number>>;
  readonly stages: Readonly<Record<string, StageReport>>;
  readonly effects: {
    readonly done: number;
    readonly suppressed: number;
    readonly failed: number;
    readonly inDoubt: number;
  };
  readonly receiver: ReceiverTally;
  readonly quality: DecisionQuality;
  /** Of what the action stage settled in this run, and of what was lost before. */
  readonly target: TargetKept;
  /** From the publication of the origin to the outcome in the log, by segment. */
  readonly segmentsMs: Readonly<Record<Segment, Quantiles | null>>;
  /** Every stage was given each record of its topic, and each has a verdict. */
  readonly balanced: boolean;
}

/** Where the books of a stage do not add up. */
export interface Imbalance {
  readonly stage: string;
  readonly received: number;
  readonly consumed: number;
  readonly settled: number;
}

/** Of verdicts by their labels: those whose record ended as a letter, the stage's or its mapping's. */
export const deadLetterCount = (verdicts: Readonly<Record<string, number>>): number =>
  Object.entries(verdicts)
    .filter(([label]) => label.startsWith('dead-lettered(') || label === 'mapping-gave-up')
    .reduce((sum, [, count]) => sum + count, 0);

/** Of verdicts by their labels: those that settle a record. */
export const settledCount = (verdicts: Readonly<Record<string, number>>): number =>
  Object.entries(verdicts)
    .filter(([label]) => isSettledLabel(label))
    .reduce((sum, [, count]) => sum + count, 0);

const isSettledLabel = (label: string): boolean => !label.startsWith('retry(');

/**
 * The accounting identity of every stage: what its topic holds = what it was given = the sum of the verdicts.
 *
 * `retry` is no verdict: such a record is not settled.
 */
export const imbalancesOf = (stages: RunReport['stages']): readonly Imbalance[] =>
  Object.entries(stages).flatMap(([stage, { received, consumed, verdicts }]) => {
    const settled = settledCount(verdicts);
    return received === consumed && consumed === settled ? [] : [{ stage, received, consumed, settled }];
  });

/** The books of one stage; none where it was never given anything. */
export const stageReport = (
  books: StageVerdicts | undefined,
  rest: Omit<StageReport, 'consumed' | 'verdicts'>,
): StageReport => ({
  received: rest.received,
  consumed: books?.consumed ?? 0,
  verdicts: books?.verdicts ?? {},
  emitted: rest.emitted,
  freshnessMs: rest.freshnessMs,
  segmentsMs: rest.segmentsMs,
});

export const effectsOf = (counts: Readonly<Partial<Record<LedgerState, number>>>): RunReport['effects'] => ({
  done: counts.DONE ?? 0,
  suppressed: counts.SUPPRESSED ?? 0,
  failed: counts.FAILED ?? 0,
  inDoubt: counts.IN_DOUBT ?? 0,
});
