import { check } from '../../lib/testing/simulation/checker.ts';
import type { Violation } from '../../lib/testing/simulation/checks/evidence.ts';
import type { Domain } from '../../lib/testing/simulation/domain.ts';
import type { Ran } from '../../lib/testing/simulation/ran.ts';
import { run } from '../../lib/testing/simulation/scenario.ts';
import { search, tapes, type Found, type Search } from '../../lib/testing/simulation/search.ts';
import { contexts, folds, keys } from './checks.ts';
import { domain } from './domain.ts';

/** What is played, and what must hold of it beyond the promises. */
export interface Simulation {
  readonly domain: Domain;
  readonly own: (ran: Ran) => readonly Violation[];
}

export const ownPipeline: Simulation = {
  domain,
  own: (ran) => [...folds(ran), ...contexts(ran), ...keys(ran)],
};

/** Minutes, for a tape that is found once in a million. */
export const mostShrinks = 4_000;

/** Choices, in `npm test`: some twenty steps of accidents in the mean. A search on demand takes longer ones. */
export const testTape = 260;

type FoundTape = Found<readonly number[]>;

export interface ScheduleSearch extends Search {
  /** Choices of the longest tape. A path leads to the same schedule only with the same length. */
  readonly longest: number;
}

/** Tries schedules, of the simulation's own pipeline where no other is given, until one breaks a promise. */
export const searchSchedules = (
  options: ScheduleSearch,
  { domain: played, own }: Simulation = ownPipeline,
): Promise<FoundTape | undefined> =>
  search<readonly number[]>(
    tapes(options.longest),
    async (tape) => {
      const ran = await run(played, tape);
      return { ran, violations: check(ran, own) };
    },
    options,
  );
