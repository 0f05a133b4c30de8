/** Judges a run by its journal alone: I1–I9 of docs/guarantees.md. */
import { effects, owners, switches } from './checks/effects.ts';
import { openKeys, type Violation } from './checks/evidence.ts';
import { accounting, frozen, isolation, outputs, replays, unfinishedKeys, waits } from './checks/flow.ts';
import { contexts, folds, versions } from './checks/rows.ts';
import type { Ran } from './scenario.ts';

/** All that is wrong with a run; none: it kept every promise. */
export const check = (ran: Ran): readonly Violation[] => {
  if (!ran.isSettled)
    return [{ invariant: 'I7', what: `not everything came to rest: ${openKeys(ran).join(', ')}` }];
  return [
    ...accounting(ran),
    ...effects(ran),
    ...frozen(ran),
    ...folds(ran),
    ...outputs(ran),
    ...owners(ran),
    ...unfinishedKeys(ran),
    ...replays(ran),
    ...isolation(ran),
    ...switches(ran),
    ...waits(ran),
    ...contexts(ran),
    ...versions(ran),
  ];
};
