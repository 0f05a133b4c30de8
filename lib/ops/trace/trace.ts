import type { VerdictKind } from '../../core/verdict.ts';

/** One step of a record's way, in order of time. */
export interface TraceStep {
  readonly kind: 'event' | 'row' | 'context' | 'vector' | 'decision' | 'effect' | 'outcome' | 'dead-letter';
  readonly title: string;
  /** `topic/partition/offset`, or the name of a store's item. */
  readonly where: string;
  /** Unix ms; `null` where no time of its own is known. */
  readonly at: number | null;
  /** Since the last step before it that has a time, ms; negative where clocks differ. */
  readonly sincePreviousMs: number | null;
  /** Of the stage that made it, by segment, ms. */
  readonly segmentsMs: Readonly<Record<string, number>> | null;
  /** What the stage that takes it said of it; `null`: nothing yet. */
  readonly verdict: VerdictKind | null;
  /** JSON; `null` where it was not asked for. */
  readonly payload: unknown;
}

/** One record's way, from the event to its outcomes. */
export interface Trace {
  /** `source#id` of the event. */
  readonly correlation: string;
  readonly steps: readonly TraceStep[];
  /** What is missing and why, in words. */
  readonly missing: readonly string[];
  /** Nothing more comes of it by itself: every stage has ended with it, and what they wrote was found or is gone. */
  readonly isFinal: boolean;
}

/** A step before the times between them are known. */
export type PlacedStep = Omit<TraceStep, 'sincePreviousMs'>;

/** Steps in the order of the chain, each with the time since the one before; what has no time stays where it is. */
export const timed = (steps: readonly PlacedStep[]): readonly TraceStep[] => {
  let previous: number | null = null;
  return steps.map((step) => {
    const sincePreviousMs = step.at === null || previous === null ? null : step.at - previous;
    previous = step.at ?? previous;
    return { ...step, sincePreviousMs };
  });
};
