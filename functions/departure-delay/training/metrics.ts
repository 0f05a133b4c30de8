/** A score, and what really followed. */
export interface Scored {
  readonly score: number;
  readonly positive: boolean;
}

/**
 * Area under the ROC curve: the chance that a positive is scored above a negative. Equal scores count half.
 *
 * @returns `NaN` where one of the two kinds is missing
 */
export const aucOf = (scored: readonly Scored[]): number => {
  const byScore = scored.toSorted((a, b) => a.score - b.score);
  const positives = scored.filter(({ positive }) => positive).length;
  let rankSum = 0;
  for (let start = 0; start < byScore.length;) {
    let end = start;
    while (end < byScore.length && byScore[end]?.score === byScore[start]?.score) end++;
    // Ranks count from 1; those that are equal share their mean.
    const rank = (start + 1 + end) / 2;
    for (let index = start; index < end; index++) if (byScore[index]?.positive) rankSum += rank;
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (scored.length - positives));
};

export interface Quality {
  /** Share of the warned that were late. */
  readonly precision: number;
  /** Share of the late that were warned of. */
  readonly recall: number;
  /** Share of all that were warned of. */
  readonly warned: number;
}

export const qualityAt = (scored: readonly Scored[], threshold: number): Quality => {
  const warned = scored.filter(({ score }) => score >= threshold);
  const right = warned.filter(({ positive }) => positive).length;
  const positives = scored.filter(({ positive }) => positive).length;
  return {
    precision: warned.length === 0 ? 0 : right / warned.length,
    recall: positives === 0 ? 0 : right / positives,
    warned: scored.length === 0 ? 0 : warned.length / scored.length,
  };
};
