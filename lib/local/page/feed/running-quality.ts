import type { JudgedDecision } from '../../report/quality.ts';
import type { PageQuality } from '../protocol/page-state.ts';

/** Scores are told apart to four digits behind the point, and larger ones to three digits: so many at most are remembered. */
const distinct = (score: number): number =>
  Math.abs(score) <= 1 ? Math.round(score * 10_000) / 10_000 : Number(score.toPrecision(3));

const bins = 10;

interface Counted {
  positives: number;
  negatives: number;
}

/** How good decisions are, kept up as outcomes become known. What it takes to know does not grow with their number. */
export class RunningQuality {
  readonly #byScore = new Map<number, Counted>();
  readonly #bins = Array.from({ length: bins }, () => ({ scores: 0, positives: 0, count: 0 }));
  #judged = 0;
  #positives = 0;
  #acted = 0;
  #hits = 0;

  add({ score, acted, positive }: JudgedDecision): void {
    const key = distinct(score);
    const counted = this.#byScore.get(key) ?? { positives: 0, negatives: 0 };
    if (positive) counted.positives += 1;
    else counted.negatives += 1;
    this.#byScore.set(key, counted);
    const bin = this.#bins[Math.max(0, Math.min(bins - 1, Math.floor(score * bins)))];
    if (bin !== undefined) {
      bin.scores += score;
      bin.count += 1;
      bin.positives += Number(positive);
    }
    this.#judged += 1;
    this.#positives += Number(positive);
    this.#acted += Number(acted);
    this.#hits += Number(acted && positive);
  }

  /** @param decisions - how many there are, those without an outcome too */
  of(decisions: number): PageQuality {
    return {
      decisions,
      judged: this.#judged,
      auc: this.#auc(),
      precision: this.#acted === 0 ? null : this.#hits / this.#acted,
      recall: this.#positives === 0 ? null : this.#hits / this.#positives,
      calibration: this.#bins
        .filter(({ count }) => count > 0)
        .map(({ scores, positives, count }) => ({
          score: scores / count,
          positive: positives / count,
          count,
        })),
    };
  }

  /** How often a positive scores above a negative; a tie counts half. */
  #auc(): number | null {
    const negatives = this.#judged - this.#positives;
    if (this.#positives === 0 || negatives === 0) return null;
    let below = 0;
    let pairs = 0;
    for (const [, counted] of [...this.#byScore].toSorted(([one], [other]) => one - other)) {
      pairs += counted.positives * (below + counted.negatives / 2);
      below += counted.negatives;
    }
    return pairs / (this.#positives * negatives);
  }
}
