import type { LedgerStore, LedgerWrite, LedgerWritten } from '../ports/stores.ts';
import type { EpochMs } from '../units.ts';
import type { RetryCause } from '../verdict.ts';
import type { Held } from './claim.ts';
import { failedAttemptOf, type FailedAttempt } from './failed-attempts.ts';
import type { RunOutcome } from './outcome.ts';

/**
 * Applies the transitions of a batch, and sends once more what had no answer.
 *
 * Where there is still none the claim is left to its lease: releasing it could undo a completion that was written.
 */
export const settleAll = async (
  ledger: LedgerStore,
  writes: readonly LedgerWrite[],
): Promise<readonly LedgerWritten[]> => {
  if (writes.length === 0) return [];
  const first = await ledger.apply(writes);
  const again = writes.filter((_, index) => first[index]?.kind === 'unavailable');
  const second = again.length === 0 ? [] : await ledger.apply(again);
  const answers = new Map(again.map((write, index) => [write, second[index]]));
  return writes.map(
    (write, index) =>
      answers.get(write) ??
      first[index] ?? {
        kind: 'unavailable',
        cause: new Error('the store answered fewer writes than it was sent'),
      },
  );
};

/** A claim after its run was frozen, or was not. */
export interface Ran {
  readonly held: Held;
  readonly written: LedgerWritten;
  readonly externalMs: number;
  readonly madeAt: EpochMs;
  /** Whether it was done, in the outside or by the model. */
  readonly isDone: boolean;
  /** Where it was run and failed, for now or for good. */
  readonly failed: FailedAttempt | undefined;
  /** Where it is not settled: why, and when it is worth another try. */
  readonly cause: RetryCause;
  readonly waitMs: number;
}

export const ranOf = (
  held: Held,
  outcome: RunOutcome,
  written: LedgerWritten,
  externalMs: number,
  madeAt: EpochMs,
): Ran => ({
  held,
  written,
  externalMs,
  madeAt,
  isDone: outcome.kind === 'done',
  failed: failedAttemptOf(outcome),
  cause: outcome.kind === 'not-run' ? outcome.cause : 'transient',
  waitMs: 'retryAfterMs' in outcome ? (outcome.retryAfterMs ?? 0) : 0,
});
