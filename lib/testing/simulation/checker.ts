/** Judges a run by its journals alone, the producer's and the operator's among them: I1–I9 of docs/guarantees.md. */
import { effects, owners, switches } from './checks/effects.ts';
import { openKeys, type Violation } from './checks/evidence.ts';
import { accounting, conflicts, frozen, outputs, replays, unfinishedKeys, waits } from './checks/flow.ts';
import { isolation } from './checks/isolation.ts';
import { observations } from './checks/observations.ts';
import { versions } from './checks/vectors.ts';
import type { Ran } from './ran.ts';

/**
 * All that is wrong with a run; none: it kept every promise.
 *
 * @param own - what must hold of its domain, beyond the promises
 */
export const check = (ran: Ran, own: (ran: Ran) => readonly Violation[]): readonly Violation[] => {
  const faults = ran.journal
    .of('threw')
    .map(({ actor, what }): Violation => ({ invariant: 'fault', what: `${actor} threw ${what}` }));
  if (faults.length > 0) return faults;
  if (!ran.isSettled)
    return [{ invariant: 'I7', what: `not everything came to rest: ${openKeys(ran).join(', ')}` }];
  return [
    ...accounting(ran),
    ...effects(ran),
    ...frozen(ran),
    ...conflicts(ran),
    ...outputs(ran),
    ...observations(ran),
    ...owners(ran),
    ...unfinishedKeys(ran),
    ...replays(ran),
    ...isolation(ran),
    ...switches(ran),
    ...waits(ran),
    ...versions(ran),
    ...own(ran),
  ];
};
