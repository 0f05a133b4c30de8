/** What came of running one claimed record, and the row of the state table that follows from it. Pure. */
import type { LetterReason } from '../dead-letter.ts';
import * as table from '../ledger/transitions.ts';
import type { LedgerItem, StoredRecord } from '../ledger/item.ts';
import { epochMsOf, type EpochMs } from '../units.ts';
import type { RetryCause } from '../verdict.ts';
import { horizonMarginMs } from './margins.ts';

interface FailedRun {
  readonly message: string;
  /** The class of the failure: what may be logged of it. */
  readonly code: string;
  readonly retryAfterMs: number | undefined;
}

/** Closed: every way in which a run can end. */
export type RunOutcome =
  | { readonly kind: 'done'; readonly emits: readonly StoredRecord[]; readonly evidence?: string }
  /** The gate said no. */
  | { readonly kind: 'gated'; readonly reason: string }
  /** The domain's own function said that there is nothing to do. */
  | { readonly kind: 'declined'; readonly reason: string }
  /** For good: it will never succeed. */
  | { readonly kind: 'permanent'; readonly reason: LetterReason; readonly message: string }
  /** Certainly not done; may succeed later. A failed attempt. */
  | ({ readonly kind: 'not-done' } & FailedRun)
  /** Nobody knows whether it was done. */
  | ({ readonly kind: 'unknown' } & FailedRun)
  /** Not run: the switch is on, the limit is reached, or the time is short. No attempt. */
  | { readonly kind: 'not-run'; readonly cause: RetryCause; readonly retryAfterMs: number };

/** What the table needs to know of a stage. */
export interface SettlementRules {
  readonly policy: 'model' | 'keyed' | 'at-most-once';
  readonly giveUp: { readonly afterMs: number; readonly attempts: number };
  readonly keyRetentionMs: number;
  /** The outcome record of a suppression. */
  readonly suppressed: (reason: string) => readonly StoredRecord[];
  readonly letter: (reason: LetterReason, message: string) => StoredRecord;
}

/** Key items outlive the horizon, so that whoever finds none and is inside it may be sure that there was none. */
export const expiryOf = (
  item: Pick<LedgerItem, 'originAppend'>,
  keyRetentionMs: number,
  now: EpochMs,
): EpochMs => epochMsOf(Math.max(item.originAppend + keyRetentionMs, now) + horizonMarginMs);

/**
 * Whether a transient failure has lasted long enough: the contract's time since the first attempt *and* its number of attempts.
 *
 * @param attempts - including the one that just failed
 */
export const givesUp = (
  item: Pick<LedgerItem, 'firstAttempt'>,
  attempts: number,
  giveUp: SettlementRules['giveUp'],
  now: EpochMs,
): boolean => attempts >= giveUp.attempts && now - item.firstAttempt >= giveUp.afterMs;

/** The transition that an outcome of our own claim asks for. */
export const transitionFor = (
  outcome: RunOutcome,
  item: LedgerItem,
  owner: string,
  rules: SettlementRules,
  now: EpochMs,
): table.Transition => {
  const expiresAt = expiryOf(item, rules.keyRetentionMs, now);
  const doubt = (message: string): table.Transition => {
    const letter = rules.letter('unknown-outcome', message);
    return table.doubt(owner, { letter, reason: 'unknown-outcome' });
  };
  /** A request that may be out must never end as FAILED: a redrive of that would send it as if it were not. */
  const permanent = (reason: LetterReason, message: string): table.Transition =>
    item.maybeSent ? doubt(message) : table.fail(owner, { letter: rules.letter(reason, message), reason });

  const later = (retryAfterMs: number | undefined): EpochMs | null =>
    retryAfterMs === undefined ? null : epochMsOf(now + retryAfterMs);

  switch (outcome.kind) {
    case 'done':
      return table.complete(owner, {
        emits: outcome.emits,
        expiresAt,
        ...(outcome.evidence === undefined ? {} : { evidence: outcome.evidence }),
      });
    case 'gated':
      return item.letter === null
        ? table.suppress(owner, {
            emits: rules.suppressed(outcome.reason),
            expiresAt,
            reason: outcome.reason,
          })
        : table.putBack(owner, {
            redrive: item.redrive - 1,
            reason: item.reason ?? 'gave-up',
          });
    case 'declined':
      return table.suppress(owner, {
        emits: rules.suppressed(outcome.reason),
        expiresAt,
        reason: outcome.reason,
      });
    case 'permanent':
      return permanent(outcome.reason, outcome.message);
    case 'not-done':
      return givesUp(item, item.attempts + 1, rules.giveUp, now)
        ? permanent('gave-up', outcome.message)
        : table.release(owner, {
            failedAttempt: true,
            maybeSent: false,
            notBefore: later(outcome.retryAfterMs),
          });
    case 'unknown':
      if (rules.policy === 'at-most-once') return doubt(outcome.message);
      if (givesUp(item, item.attempts + 1, rules.giveUp, now))
        return rules.policy === 'keyed' ? doubt(outcome.message) : permanent('gave-up', outcome.message);
      return table.release(owner, {
        failedAttempt: true,
        maybeSent: rules.policy === 'keyed',
        notBefore: later(outcome.retryAfterMs),
      });
    case 'not-run':
      return table.release(owner, { failedAttempt: false, maybeSent: false });
  }
};
