import type { EpochMs } from '../../core/units.ts';
import { retryAt } from './backoff.ts';
import { halves, remainingAfter, withRecords, type Batch } from './batch.ts';
import type { Discarded } from './destination.ts';
import type { InvocationResult } from './function-host.ts';
import type { MappingConfig } from './mapping.ts';
import { readResponse } from './partial-response.ts';
import type { Tracked } from './partition-feed.ts';

/** The records of a batch that its invocation leaves unfinished. */
export const remainingOf = (
  { records }: Batch,
  result: InvocationResult,
  { partialResponses, undocumented }: MappingConfig,
): readonly Tracked[] => {
  if (result.kind !== 'returned') return records;
  // Where the mapping does not ask for partial responses, any answer that is no error means success.
  if (!partialResponses) return [];
  const read = readResponse(
    result.response,
    records.map(({ record }) => record),
  );
  switch (read.kind) {
    case 'all-succeeded':
      return [];
    case 'invalid':
      return records;
    case 'some-failed':
      return remainingAfter(records, read.failed, undocumented.afterPartialFailure);
  }
};

/** What follows a failed invocation. */
export interface Failure {
  /** Its batch as it was invoked. */
  readonly batch: Batch;
  /** What is left of it, some of it at least. */
  readonly remaining: readonly Tracked[];
  /** Whether some of its records succeeded. */
  readonly progressed: boolean;
  readonly result: InvocationResult;
}

/** The batches that a failed one is followed by: the rest of it later, its two halves, or a hand-over. */
export const afterFailure = (
  { batch, remaining, progressed, result }: Failure,
  config: MappingConfig,
  now: EpochMs,
): readonly Batch[] => {
  const rest = withRecords(batch, remaining);
  // A throttle is nobody's failure: it uses up no retry, and splits nothing.
  if (result.kind === 'throttled') return [later(rest, config, now)];
  const { bisect, retries, undocumented } = config;
  const restored = progressed && undocumented.afterProgress === 'retries-restored';
  const splits = bisect && !progressed && remaining.length > 1;
  const uses = splits && undocumented.splitting === 'free' ? 0 : 1;
  const failed: Batch = {
    ...rest,
    failures: (restored ? 0 : batch.failures) + uses,
    tries: progressed ? 0 : batch.tries,
    functionError: result.kind === 'returned' ? null : 'Unhandled',
  };
  if (retries !== -1 && failed.failures > retries) return [discarding(failed, 'retries-exhausted', now)];
  const waiting = later(failed, config, now);
  return splits ? halves(waiting) : [waiting];
};

/** The batch, to be tried again after a wait. */
const later = (batch: Batch, { backoff }: MappingConfig, now: EpochMs): Batch => {
  const tries = batch.tries + 1;
  return { ...batch, tries, phase: { kind: 'waiting', notBefore: retryAt(now, backoff, tries) } };
};

/** The batch, given up. */
export const discarding = (batch: Batch, condition: Discarded['condition'], now: EpochMs): Batch => ({
  ...batch,
  tries: 0,
  phase: { kind: 'discarding', condition, discardId: null, notBefore: now },
});

/** The batch, whose hand-over failed: nothing is committed past it, its partitions wait until it can be handed over. */
export const handOverLater = (batch: Batch, { backoff }: MappingConfig, now: EpochMs): Batch => {
  if (batch.phase.kind !== 'discarding') return batch;
  const tries = batch.tries + 1;
  return {
    ...batch,
    tries,
    phase: { ...batch.phase, discardId: null, notBefore: retryAt(now, backoff, tries) },
  };
};

/** What is said of a batch that is given up. */
export const discardedOf = (
  { records, lastInvocation, invokes, functionError }: Batch,
  condition: Discarded['condition'],
  { undocumented }: MappingConfig,
): Discarded => {
  const unfinished = records.map(({ record }) => record);
  const whole = condition === 'retries-exhausted' && undocumented.destinationFor === 'last-invocation';
  return {
    condition,
    unfinished,
    handedOver: whole ? (lastInvocation?.records ?? unfinished) : unfinished,
    invocationId: lastInvocation?.id ?? null,
    invokeCount: invokes,
    functionError,
  };
};
