/** A decision and what really followed. */
export interface JudgedDecision {
  readonly score: number;
  /** Whether it led to an effect. */
  readonly acted: boolean;
  readonly positive: boolean;
}

export interface Quality {
  /** Area under the ROC curve: how often a positive scores above a negative; `null` without both kinds. */
  readonly auc: number | null;
  /** Share of positives among those acted on; `null` where none was. */
  readonly precision: number | null;
  /** Share of those acted on among the positives; `null` where there is none. */
  readonly recall: number | null;
  readonly positives: number;
}

/**
 * The area by ranks (Mann and Whitney): scores that are equal share the mean of their ranks, so that a tie counts half.
 */
const areaUnderCurve = (decisions: readonly JudgedDecision[], positives: number): number | null => {
  const negatives = decisions.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const sorted = decisions.toSorted((one, other) => one.score - other.score);
  let rankSum = 0;
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (end < sorted.length && sorted[end]?.score === sorted[start]?.score) end += 1;
    const meanRank = (start + 1 + end) / 2;
    rankSum += meanRank * sorted.slice(start, end).filter(({ positive }) => positive).length;
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
};

/** How good decisions were. Each event's decision must be there once. */
export const qualityOf = (decisions: readonly JudgedDecision[]): Quality => {
  const positives = decisions.filter(({ positive }) => positive).length;
  const acted = decisions.filter((decision) => decision.acted);
  const hits = acted.filter(({ positive }) => positive).length;
  return {
    auc: areaUnderCurve(decisions, positives),
    precision: acted.length === 0 ? null : hits / acted.length,
    recall: positives === 0 ? null : hits / positives,
    positives,
  };
};
