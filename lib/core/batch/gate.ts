import type { ResolvedContract } from '../contract/resolved.ts';
import type { EpochMs } from '../units.ts';
import type { Held } from './claim.ts';

/** What the contract says about events that are late, or were made from old context. */
export interface GateRules {
  readonly late: 'flag' | 'suppress';
  readonly contract: ResolvedContract;
}

export const isLate = ({ chained, item }: Pick<Held, 'chained' | 'item'>, now: EpochMs): boolean =>
  chained.envelope !== undefined && now > chained.envelope.expiry && !item.pastDeadline;

/**
 * Why a claimed record must not be run, if so.
 *
 * It stands behind the claim, and asks only of work without a result whose request is not out: else a crash after the send
 * would end as "suppressed".
 */
export const gate = (held: Held, { late, contract }: GateRules, now: EpochMs): string | undefined => {
  if (held.item.maybeSent) return undefined;
  if (late === 'suppress' && isLate(held, now)) return 'late';
  const flagged = held.chained.envelope?.flags ?? [];
  const refused = Object.entries(contract.context).find(
    ([name, { whenStale }]) =>
      whenStale === 'suppress' && (flagged.includes(`${name}:stale`) || flagged.includes(`${name}:missing`)),
  );
  return refused === undefined ? undefined : `context-${refused[0]}`;
};
