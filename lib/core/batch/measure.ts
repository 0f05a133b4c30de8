import type { Envelope, Hop } from '../envelope.ts';
import type { BatchReport, FreshnessSample, RecordVerdict, Segment } from '../ports/stage-ports.ts';
import type { SourceRecord } from '../record.ts';
import type { EpochMs } from '../units.ts';
import type { VerdictKind } from '../verdict.ts';

/** The moments of a record in a stage. */
export interface Moments {
  readonly receivedAt: EpochMs;
  /** When its outputs were made: everything up to here that was not external is process. */
  readonly madeAt: EpochMs;
  readonly externalMs: number;
}

/** Time in this stage, as it travels with an output. `append` is how long the record took into the log after it was published. */
export const hopOf = (
  stage: string,
  record: Pick<SourceRecord, 'timestamp'>,
  publishedAt: EpochMs,
  { receivedAt, madeAt, externalMs }: Moments,
): Hop => ({
  stage,
  appendMs: record.timestamp - publishedAt,
  receiveMs: receivedAt - record.timestamp,
  processMs: madeAt - receivedAt - externalMs,
  externalMs,
});

/**
 * Freshness of a record at its first settlement: since the origin was published, until its outputs were acknowledged.
 *
 * Negative parts mean a producer's clock that runs ahead; they are reported as they are, so that skew is visible.
 */
export const freshnessOf = (
  envelope: Envelope,
  hop: Hop,
  madeAt: EpochMs,
  emittedAt: EpochMs,
  targetMs: number,
): FreshnessSample => {
  const totalMs = emittedAt - envelope.origin.time;
  const emitMs = emittedAt - madeAt;
  return {
    totalMs,
    segmentsMs: { ...segmentsOf(hop), emit: emitMs },
    good: totalMs <= targetMs,
    brokenBy: totalMs > targetMs ? longestOf([...envelope.hops, hop], emitMs) : undefined,
  };
};

const segmentsOf = (hop: Hop): Readonly<Record<Exclude<Segment, 'emit'>, number>> => ({
  append: hop.appendMs,
  receive: hop.receiveMs,
  process: hop.processMs,
  external: hop.externalMs,
});

/** @param emitMs - of the last hop: what earlier stages took to emit is in the append of the hop that follows */
const longestOf = (hops: readonly Hop[], emitMs: number): FreshnessSample['brokenBy'] => {
  let longest: FreshnessSample['brokenBy'];
  let mostMs = Number.NEGATIVE_INFINITY;
  for (const hop of hops) {
    const segments = hop === hops.at(-1) ? { ...segmentsOf(hop), emit: emitMs } : segmentsOf(hop);
    for (const [segment, ms] of Object.entries(segments))
      if (ms > mostMs) {
        mostMs = ms;
        longest = `${hop.stage}.${segment as Segment}`;
      }
  }
  return longest;
};

const noVerdicts: Readonly<Record<VerdictKind, number>> = {
  done: 0,
  'state-only': 0,
  suppressed: 0,
  'dead-lettered': 0,
  'in-doubt': 0,
  ignored: 0,
  fenced: 0,
  'mapping-gave-up': 0,
  retry: 0,
};

export const batchReport = (
  stage: string,
  at: EpochMs,
  verdicts: readonly RecordVerdict[],
  measured: Pick<BatchReport, 'freshness' | 'bad' | 'lost' | 'emitted' | 'effects'>,
): BatchReport => {
  const counted: Record<VerdictKind, number> = { ...noVerdicts };
  for (const { verdict } of verdicts) counted[verdict.kind] += 1;
  return { stage, at, verdicts: counted, ...measured };
};
