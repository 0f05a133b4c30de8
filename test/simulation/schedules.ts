import fc from 'fast-check';
import { check } from './checker.ts';
import type { Violation } from './checks/evidence.ts';
import { run } from './scenario.ts';

// Simulated failures are many, and nobody reads where they were made.
Error.stackTraceLimit = 3;

/** A long tape shrinks for minutes; after so many tries it is short enough to read. */
const mostShrinks = 4_000;

/** The tape of one schedule: what it begins with decides on faults and domain, the rest on what happens next. */
const tapes = fc.limitShrink(fc.array(fc.nat(65_535), { maxLength: 260, size: 'max' }), mostShrinks);

/** What is wrong with a schedule; what core throws beside its own errors is wrong too. */
const violationsOf = async (tape: readonly number[]): Promise<readonly Violation[]> => check(await run(tape));

/** What a failing search has found. */
export interface Found {
  readonly seed: number;
  readonly path: string;
  readonly tape: readonly number[];
  readonly violations: readonly Violation[];
  readonly runs: number;
}

export interface Search {
  readonly runs: number;
  readonly seed: number;
  /** Begin at this counterexample and look at nothing else. */
  readonly path?: string;
  readonly shrinks: boolean;
}

/** Tries schedules until one breaks a promise; `undefined` where none of them does. */
export const search = async ({ runs, seed, path, shrinks }: Search): Promise<Found | undefined> => {
  const broken = fc.asyncProperty(tapes, async (tape) => {
    const violations = await violationsOf(tape);
    if (violations.length > 0)
      throw new Error(violations.map(({ invariant, what }) => `${invariant}: ${what}`).join('\n'));
  });
  const details = await fc.check(broken, {
    numRuns: runs,
    seed,
    endOnFailure: !shrinks,
    ...(path === undefined ? {} : { path }),
  });
  if (!details.failed || details.counterexample === null) return undefined;
  const [tape] = details.counterexample;
  return {
    seed: details.seed,
    path: details.counterexamplePath ?? '',
    tape,
    violations: await violationsOf(tape).catch((thrown: unknown) => [
      { invariant: 'I7' as const, what: String(thrown) },
    ]),
    runs: details.numRuns,
  };
};
