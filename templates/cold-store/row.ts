import { Type, type Static } from 'typebox';
import { baseline } from './baseline.ts';

/** What is kept of an entity: its row. Raise `foldVersion` in the contract when the meaning of a member changes. */
export const Row = Type.Object(
  {
    mean: Type.Number(),
    variance: Type.Number(),
    /** As both were before the newest event, which is compared with them. */
    before: Type.Object({ mean: Type.Number(), deviation: Type.Number() }, { additionalProperties: false }),
  },
  { additionalProperties: false },
);
export type Row = Static<typeof Row>;

/** The share of a new value in the mean: about the last twenty events count. */
export const rate = 0.1;

/** An entity whose values never vary would make every other value a surprise. */
const leastDeviation = baseline.deviation / 10;

/** Of an entity that was never seen the baseline is known and no more. */
export const unseen: Row = {
  mean: baseline.mean,
  variance: baseline.deviation ** 2,
  before: baseline,
};

/** Pure: the same events in the same order give the same row, however often they are delivered. */
export const withValue = ({ mean, variance }: Row, value: number): Row => ({
  mean: mean + rate * (value - mean),
  variance: (1 - rate) * (variance + rate * (value - mean) ** 2),
  before: { mean, deviation: Math.max(Math.sqrt(variance), leastDeviation) },
});
