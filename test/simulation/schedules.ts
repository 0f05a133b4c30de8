import { check } from '../../lib/testing/simulation/checker.ts';
import type { Ran } from '../../lib/testing/simulation/ran.ts';
import { run } from '../../lib/testing/simulation/scenario.ts';
import { search, tapes, type Found, type Judged, type Search } from '../../lib/testing/simulation/search.ts';
import { contexts, folds, keys } from './checks.ts';
import { domain } from './domain.ts';

/** Plays one schedule of the simulation's own pipeline. */
export const play = (tape: readonly number[], isTold = false): Promise<Ran> => run(domain, tape, isTold);

const judge = async (tape: readonly number[]): Promise<Judged> => {
  const ran = await play(tape);
  return { ran, violations: check(ran, (own) => [...folds(own), ...contexts(own), ...keys(own)]) };
};

/** Minutes, for a tape that is found once in a million. */
export const mostShrinks = 4_000;

/** Choices, in `npm test`: some twenty steps of accidents in the mean. A search on demand takes longer ones. */
export const testTape = 260;

export type FoundTape = Found<readonly number[]>;

export interface ScheduleSearch extends Search {
  /** Choices of the longest tape. A path leads to the same schedule only with the same length. */
  readonly longest: number;
}

/** Tries schedules of the simulation's own pipeline until one breaks a promise. */
export const searchSchedules = (options: ScheduleSearch): Promise<FoundTape | undefined> =>
  search<readonly number[]>(tapes(options.longest), judge, options);
