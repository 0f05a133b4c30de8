/** Searches schedules for one that breaks a promise. */
import fc from 'fast-check';
import type { Violation } from './checks/evidence.ts';
import type { Ran } from './ran.ts';

// Simulated failures are many, and nobody reads where they were made.
const shortStack = 3;

/**
 * The tape of one schedule: what it begins with decides on faults and domain, the rest on what happens next.
 *
 * @param longest - in choices; a step takes some seven of them, and calm begins where the tape ends
 */
export const tapes = (longest: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(65_535), { maxLength: longest, size: 'max' });

/** What a schedule came to, or `undefined` where it threw, and what is wrong with it. */
export interface Judged {
  readonly ran?: Ran;
  readonly violations: readonly Violation[];
}

/** What a failing search has found. */
export interface Found<Input> extends Judged {
  readonly seed: number;
  readonly path: string;
  /** Shrunk as far as it goes. */
  readonly input: Input;
  readonly runs: number;
}

export interface Search {
  readonly runs: number;
  readonly seed: number;
  /** Begin at this counterexample and look at nothing else. */
  readonly path?: string;
  /** A long tape shrinks for minutes; after so many tries it must be short enough to read. 0: as it was found. */
  readonly shrinks: number;
}

/**
 * Tries schedules until one breaks a promise; `undefined` where none of them does.
 *
 * What it found is of the last failure itself, and of no repetition: a function that keeps something may fail only once.
 *
 * @param inputs - what a schedule is made of
 * @param judge - plays one; what it throws is a broken promise, too
 */
export const search = async <Input>(
  inputs: fc.Arbitrary<Input>,
  judge: (input: Input) => Promise<Judged>,
  { runs, seed, path, shrinks }: Search,
): Promise<Found<Input> | undefined> => {
  let last: Judged = { violations: [] };
  const judged = (input: Input): Promise<Judged> =>
    judge(input).catch((thrown: unknown) => ({
      violations: [{ invariant: 'I7', what: String(thrown) }],
    }));
  // A path is walked through what an earlier search shrank.
  const limited = path === undefined && shrinks > 0 ? fc.limitShrink(inputs, shrinks) : inputs;
  const isKept = fc.asyncProperty(limited, async (input) => {
    const outcome = await judged(input);
    if (outcome.violations.length === 0) return true;
    last = outcome;
    return false;
  });
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = shortStack;
  try {
    const details = await fc.check(isKept, {
      numRuns: runs,
      seed,
      endOnFailure: shrinks === 0,
      ...(path === undefined ? {} : { path }),
    });
    if (!details.failed || details.counterexample === null) return undefined;
    const [input] = details.counterexample;
    return {
      ...last,
      seed: details.seed,
      path: details.counterexamplePath ?? '',
      input,
      runs: details.numRuns,
    };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};
