import { entityOf } from '../../../core/batch/decode.ts';
import { messageOf } from '../../../core/errors.ts';
import type { DecisionExplanation, Recording } from '../../../core/recording.ts';
import type { EpochMs } from '../../../core/units.ts';
import type { ChainListener, FinishedChain, SeenDecision } from '../../report/chain-follower.ts';
import type { JudgedDecision } from '../../report/quality.ts';
import type { PageEvents } from '../protocol/page-api.ts';
import { mostDecisions } from '../protocol/page-bounds.ts';
import type { PageDecision, PageQuality } from '../protocol/page-state.ts';
import { BoundedMap } from './bounded-map.ts';
import type { RecentVectors } from './recent-vectors.ts';
import { RunningQuality } from './running-quality.ts';

/** Sent at once, at most. */
const mostSent = 50;
const mostEnded = 200;

interface Waiting extends JudgedDecision {
  readonly id: string;
  readonly knownAt: number;
}

export interface DecisionFeedOptions {
  readonly recording: Recording;
  readonly outcomes: ReadonlyMap<string, boolean>;
  readonly knownAt: ReadonlyMap<string, EpochMs>;
  /** `undefined`: nobody explains decisions, so nobody needs them. */
  readonly vectors: RecentVectors | undefined;
  /** Up to this event time outcomes are known. */
  readonly knownUpTo: () => number;
}

/** Decisions as they come, what is said of them, and whether they were right. Whatever it remembers is bounded. */
export class DecisionFeed implements ChainListener {
  readonly #options: DecisionFeedOptions;
  readonly #quality = new RunningQuality();
  /** Whose outcome is not known yet: as many as are decided until outcomes come. */
  #waiting: Waiting[] = [];
  #arrived: SeenDecision[] = [];
  #skipped = 0;
  readonly #shown = new BoundedMap<string, PageDecision>(mostDecisions);
  readonly #ended = new BoundedMap<string, true>(mostEnded);

  constructor(options: DecisionFeedOptions) {
    this.#options = options;
  }

  decided(decision: SeenDecision): void {
    this.#arrived.push(decision);
    if (this.#arrived.length > mostSent) {
      this.#arrived.shift();
      this.#skipped += 1;
    }
    const { id, origin, scored } = decision;
    const positive = this.#options.outcomes.get(origin);
    if (positive === undefined || scored === undefined) return;
    const knownAt = this.#knownAt(origin);
    const judged = { ...scored, positive };
    if (knownAt <= this.#options.knownUpTo()) this.#quality.add(judged);
    else this.#waiting.push({ ...judged, id, knownAt });
  }

  ended({ id, status }: FinishedChain): void {
    if (status === 'done') this.#ended.set(id, true);
  }

  /** The newest first: ids of decisions whose effect was done. */
  get done(): readonly string[] {
    return this.#ended.newest(mostEnded).map(([id]) => id);
  }

  /** The newest last. */
  get shown(): readonly PageDecision[] {
    return [...this.#shown.values()];
  }

  quality(decisions: number): PageQuality {
    return this.#quality.of(decisions);
  }

  /** Decisions since the last call, with what is to be said of them. */
  async take(): Promise<PageEvents['decisions']> {
    if (this.#arrived.length === 0) return { decisions: [], skipped: 0 };
    const [arrived, skipped] = [this.#arrived, this.#skipped];
    this.#arrived = [];
    this.#skipped = 0;
    await this.#options.vectors?.follow();
    const decisions = arrived.map((decision) => this.#pageDecision(decision));
    for (const decision of decisions) this.#shown.set(decision.id, decision);
    return { decisions, skipped };
  }

  /** Outcomes that have become known since the last call, of decisions that are shown. */
  takeOutcomes(): PageEvents['outcomes'] {
    const upTo = this.#options.knownUpTo();
    const due = this.#waiting.filter(({ knownAt }) => knownAt <= upTo);
    if (due.length > 0) this.#waiting = this.#waiting.filter(({ knownAt }) => knownAt > upTo);
    for (const judged of due) this.#quality.add(judged);
    const isPositive = new Map(due.map(({ id, positive }) => [id, positive]));
    const told: { id: string; outcome: boolean }[] = [];
    for (const shown of this.shown) {
      const outcome = isPositive.get(shown.id);
      if (outcome === undefined || shown.outcome !== null) continue;
      this.#shown.replace(shown.id, { ...shown, outcome });
      told.push({ id: shown.id, outcome });
    }
    return told;
  }

  /** Without a time it is known from the beginning on. */
  #knownAt(origin: string): number {
    return this.#options.knownAt.get(origin) ?? Number.NEGATIVE_INFINITY;
  }

  #pageDecision(decision: SeenDecision): PageDecision {
    const { id, correlation, origin, record, scored } = decision;
    const key = record.key === null ? null : entityOf(record.key);
    const isKnown = this.#knownAt(origin) <= this.#options.knownUpTo();
    return {
      id,
      correlation,
      key,
      at: record.timestamp,
      score: scored?.score ?? null,
      acted: scored?.acted ?? false,
      outcome: isKnown ? (this.#options.outcomes.get(origin) ?? null) : null,
      ...this.#explained(decision, key ?? id),
    };
  }

  #explained({ id, record, body }: SeenDecision, title: string): DecisionExplanation {
    const { recording, vectors } = this.#options;
    try {
      return recording.explain?.(body, vectors?.of(id, record)) ?? { title, why: [], contributions: [] };
    } catch (thrown) {
      // The recording's own code: what it cannot explain is shown all the same.
      return { title, why: [`recording.ts cannot explain it: ${messageOf(thrown)}`], contributions: [] };
    }
  }
}
