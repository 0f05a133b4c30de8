import type { ForgettingMean } from './schemas.ts';

export const nothingObserved: ForgettingMean = { atMs: 0, sum: 0, weight: 0 };

/** What is left of a weight after a time. */
const kept = (elapsedMs: number, halfLifeMs: number): number => 2 ** (-elapsedMs / halfLifeMs);

/**
 * Adds a value. One that comes late counts as little as it would by now, and the order does not matter.
 *
 * @param atMs - event time of the value
 */
export const observed = (
  { atMs: asOfMs, sum, weight }: ForgettingMean,
  value: number,
  atMs: number,
  halfLifeMs: number,
): ForgettingMean => {
  const nowMs = Math.max(asOfMs, atMs);
  const old = kept(nowMs - asOfMs, halfLifeMs);
  const added = kept(nowMs - atMs, halfLifeMs);
  return { atMs: nowMs, sum: sum * old + value * added, weight: weight * old + added };
};

/** How much is remembered at a time, in observations. */
export const weightAt = ({ atMs, weight }: ForgettingMean, nowMs: number, halfLifeMs: number): number =>
  weight * kept(Math.max(0, nowMs - atMs), halfLifeMs);

/**
 * The mean at a time, as if one more value of 0 had just been observed: the less is remembered, the nearer to 0.
 * So a board that is new, or has been silent, says "no delay known" by the same rule, not by a special case.
 */
export const meanAt = (mean: ForgettingMean, nowMs: number, halfLifeMs: number): number => {
  const left = kept(Math.max(0, nowMs - mean.atMs), halfLifeMs);
  return (mean.sum * left) / (mean.weight * left + 1);
};
