import type { ResolvedContract } from '../contract/resolved.ts';
import type { EpochMs } from '../units.ts';
import type { Held } from './claim.ts';

/** What the contract says about events that are late, or were made from old context. */
export interface GateRules {
  readonly late: 'flag' | 'suppress';
  /** An operator's redrive that may act although the deadline has passed. */
  readonly pastDeadline: boolean;
  readonly contract: ResolvedContract;
}

const isLate = ({ chained }: Pick<Held, 'chained'>, now: EpochMs): boolean =>
  chained.envelope !== undefined && now > chained.envelope.expiry;

/** Flags of an output that was made at `madeAt`: those of its input, and `late` where the deadline had passed. */
export const flagsAt = (held: Pick<Held, 'chained'>, madeAt: EpochMs): readonly string[] => {
  const flags = held.chained.envelope?.flags ?? [];
  return isLate(held, madeAt) && !flags.includes('late') ? [...flags, 'late'] : flags;
};

/**
 * Why a claimed record must not be run, if so.
 *
 * It stands behind the claim, and asks only of work without a result whose request is not out: else a crash after the send
 * would end as "suppressed".
 */
export const gate = (
  held: Held,
  { late, pastDeadline, contract }: GateRules,
  now: EpochMs,
): string | undefined => {
  if (held.item.maybeSent) return undefined;
  if (late === 'suppress' && !pastDeadline && isLate(held, now)) return 'late';
  const flagged = held.chained.envelope?.flags ?? [];
  const refused = Object.entries(contract.context).find(
    ([name, { whenStale }]) =>
      whenStale === 'suppress' && (flagged.includes(`${name}:stale`) || flagged.includes(`${name}:missing`)),
  );
  return refused === undefined ? undefined : `context-${refused[0]}`;
};
