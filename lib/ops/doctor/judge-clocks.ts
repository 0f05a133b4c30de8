import type { Answered, ClockReading } from '../../core/ports/examination.ts';
import { findingsOn, whyNot, type Finding } from './finding.ts';

/** Leases are judged with a second of margin; freshness is off by as much as the clocks are. */
const warnFromMs = 1_000;
/** Beyond it AWS refuses what is signed. @see AWS General Reference, "Signature Version 4", on the time stamp */
const failFromMs = 300_000;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const fix = 'let this machine and the other keep time with NTP';

/**
 * How far another clock is from this machine's, which stands for the functions' only as far as both keep time.
 *
 * @param precisionMs - how far its own reading may be off, beside the time that the question took
 */
export const judgeClock = (subject: string, reading: ClockReading, precisionMs: number): Finding => {
  const { theirs, askedAt, answeredAt } = reading;
  const aheadMs = theirs - (askedAt + answeredAt) / 2;
  const errorMs = (answeredAt - askedAt) / 2 + precisionMs;
  const surelyMs = Math.max(0, Math.abs(aheadMs) - errorMs);
  const on = findingsOn('clocks', 'skew', subject);
  const expected = `within ${seconds(warnFromMs)} of this machine's`;
  const got = `${seconds(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine's, give or take ${seconds(errorMs)}`;
  if (surelyMs > failFromMs) return on.failure(got, expected, fix);
  return surelyMs > warnFromMs ? on.warning(got, expected, fix) : on.ok(got, expected);
};

/** The controller's clock: of Kafka's requests that change nothing, only one tells a time. */
export const judgeBrokerClock = (answered: Answered<ClockReading>): Finding => {
  const subject = 'controller of the brokers';
  if (answered.kind === 'answered') return judgeClock(subject, answered.value, 0);
  return findingsOn('clocks', 'skew', subject).notProbed(
    whyNot(answered),
    `within ${seconds(warnFromMs)} of this machine's`,
    'grant Describe on the cluster (brokers in KRaft mode, Kafka 3.3 or later), or compare the clocks by other means',
    'warning',
  );
};

/** DynamoDB's clock. */
export const judgeStoreClock = (reading: ClockReading | undefined): Finding => {
  const subject = 'DynamoDB';
  // A `Date` has whole seconds.
  if (reading !== undefined) return judgeClock(subject, reading, 500);
  return findingsOn('clocks', 'skew', subject).notProbed(
    'no table was described by an answer with a Date',
    `within ${seconds(warnFromMs)} of this machine's`,
    'see to the tables first: the time comes with what is said of them',
    'warning',
  );
};
