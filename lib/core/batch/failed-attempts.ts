/** Attempts of a batch that failed without saying so for good: without a word of them, a model that always throws is only lag. */
import type { Telemetry } from '../ports/stage-ports.ts';
import { partsOfTold } from '../thrown-at.ts';
import type { RunOutcome } from './outcome.ts';

export interface FailedAttempt {
  readonly outcome: 'not-done' | 'unknown';
  readonly code: string;
  /** Where the code of the pipeline threw: `functions/x/inference.ts:12:5`. */
  readonly at: string | undefined;
}

const placeIn = (message: string): string | undefined => {
  const { at } = partsOfTold(message);
  return at === undefined ? undefined : `${at.file}:${at.line}:${at.column}`;
};

export const failedAttemptOf = (outcome: RunOutcome): FailedAttempt | undefined =>
  outcome.kind === 'not-done' || outcome.kind === 'unknown'
    ? { outcome: outcome.kind, code: outcome.code, at: placeIn(outcome.message) }
    : undefined;

/** One warning for each kind of failure, with how many there were: its class and never its message, which may quote the record. */
export const logFailedAttempts = (
  telemetry: Pick<Telemetry, 'log'>,
  requestId: string,
  failed: readonly FailedAttempt[],
): void => {
  const kinds = new Map<string, FailedAttempt & { count: number }>();
  for (const { outcome, code, at } of failed) {
    const known = kinds.get(`${outcome} ${code} ${at}`);
    if (known) known.count += 1;
    else kinds.set(`${outcome} ${code} ${at}`, { outcome, code, at, count: 1 });
  }
  for (const { outcome, code, at, count } of kinds.values())
    telemetry.log('warn', 'attempts failed', {
      requestId,
      outcome,
      code,
      count,
      ...(at === undefined ? {} : { at }),
    });
};
