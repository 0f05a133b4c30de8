import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qualityOf, type JudgedDecision } from '../../../../lib/local/report/quality.ts';

const judged = (score: number, positive: boolean, acted = score >= 0.5): JudgedDecision => ({
  score,
  acted,
  positive,
});

describe('quality', () => {
  it('is what a hand computes', () => {
    // Pairs of a positive and a negative: 0.9 beats both; 0.4 beats 0.2 and loses to 0.6: 3 of 4.
    const decisions = [judged(0.9, true), judged(0.6, false), judged(0.4, true), judged(0.2, false)];
    expect(qualityOf(decisions)).toEqual({ auc: 0.75, precision: 0.5, recall: 0.5, positives: 2 });
  });

  it('counts a tie for half', () => {
    // (0.5+, 0.5−) ½, (0.5+, 0.1−) 1, (0.5+, 0.5−) ½, (0.5+, 0.1−) 1: 3 of 4.
    const tied = [judged(0.5, true), judged(0.5, false), judged(0.5, true), judged(0.1, false)];
    expect(qualityOf(tied).auc).toBe(0.75);
    expect(qualityOf([judged(0.3, true), judged(0.3, false)]).auc).toBe(0.5);
  });

  it('judges what was done, whatever the score', () => {
    const decisions = [judged(0.1, true, true), judged(0.9, false, false), judged(0.2, true, false)];
    expect(qualityOf(decisions)).toMatchObject({ precision: 1, recall: 0.5, auc: 0 });
  });

  it('says nothing where there is nothing to say', () => {
    expect(qualityOf([])).toEqual({ auc: null, precision: null, recall: null, positives: 0 });
    expect(qualityOf([judged(0.9, false)])).toEqual({ auc: null, precision: 0, recall: null, positives: 0 });
    expect(qualityOf([judged(0.1, true)])).toEqual({ auc: null, precision: null, recall: 0, positives: 1 });
  });

  it('is the share of pairs in order, by the definition', () => {
    const decisions = fc.array(
      fc.record({
        score: fc.integer({ min: 0, max: 5 }).map((score) => score / 5),
        acted: fc.boolean(),
        positive: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(decisions, (all) => {
        const pairs = all
          .filter(({ positive }) => positive)
          .flatMap((one) => all.filter(({ positive }) => !positive).map((other) => one.score - other.score));
        const wins = pairs.reduce((sum, gap) => sum + (gap > 0 ? 1 : gap === 0 ? 0.5 : 0), 0);
        const { auc } = qualityOf(all);
        expect(auc ?? -1).toBeCloseTo(pairs.length === 0 ? -1 : wins / pairs.length, 10);
      }),
    );
  });
});
