/** What a claim comes to without being run. Pure. */
import type { ResolvedContract } from '../contract/resolved.ts';
import type { LetterReason } from '../dead-letter.ts';
import { isRequestAway } from '../ledger/payload.ts';
import { epochMsOf, type EpochMs } from '../units.ts';
import type { Held } from './claim.ts';
import { gate } from './gate.ts';
import { givesUp, type RunOutcome, type SettlementRules } from './outcome.ts';

export interface WithoutRunRules extends Pick<SettlementRules, 'policy' | 'giveUp'> {
  readonly contract: ResolvedContract;
  readonly late: 'flag' | 'suppress';
  /** This batch is an operator's redrive that may act although the deadline has passed. */
  readonly pastDeadline: boolean;
}

/**
 * Its frozen work says so, it has given up, or the gate says no.
 *
 * @returns `undefined` where it must be run
 */
export const outcomeWithoutRun = (
  held: Held,
  { contract, policy, giveUp, late, pastDeadline }: WithoutRunRules,
  now: EpochMs,
): RunOutcome | undefined => {
  const { item, chained } = held;
  const { work } = item;
  if (work.kind === 'fail')
    return { kind: 'permanent', reason: work.reason as LetterReason, message: work.message };
  if (chained.envelope === undefined)
    return {
      kind: 'permanent',
      reason: 'envelope',
      message: 'the record has no envelope that can be read',
    };
  if (work.kind === 'suppress') return { kind: 'declined', reason: work.reason };
  if (isRequestAway(work))
    return {
      kind: 'permanent',
      reason: 'payload-lost',
      message: `its frozen request is missing or altered in the payload store, and no other may be sent: ${work.payload.key}, ${work.payload.bytes} bytes, SHA-256 ${work.payload.sha256}. Restore the object, then redrive`,
    };
  if (item.alone && givesUp(item, item.attempts, giveUp, now))
    return {
      kind: 'permanent',
      reason: 'gave-up',
      message: `its worker vanished ${item.attempts} times while it ran alone`,
    };
  if (
    policy === 'keyed' &&
    item.maybeSent &&
    now > resendUntil(chained.envelope.expiry, held, giveUp.afterMs)
  )
    return {
      kind: 'permanent',
      reason: 'gave-up',
      message: 'no answer came until the deadline and giveUp.after had passed',
    };
  // A claim that this redrive took over is of a delivery that did not know of it.
  const reason = gate(held, { late, pastDeadline: item.pastDeadline || pastDeadline, contract }, now);
  return reason === undefined ? undefined : { kind: 'gated', reason };
};

/** A request that may be out is sent again until here; a redrive counts from its own beginning. */
const resendUntil = (expiry: EpochMs, { item }: Held, afterMs: number): EpochMs =>
  epochMsOf((item.redrive > 0 ? Math.max(expiry, item.firstAttempt) : expiry) + afterMs);
