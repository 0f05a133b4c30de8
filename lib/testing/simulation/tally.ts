import { verdictLabel } from '../../core/verdict.ts';
import { verdictsOf } from './checks/evidence.ts';
import type { Ran } from './ran.ts';
import { stageSources } from '../../core/contract/stage-sources.ts';

/** What the schedules came to, together: so that a test can say that something was tried. */
export interface Simulated {
  readonly schedules: number;
  /** Events, observations and duplicates. */
  readonly published: number;
  /** Requests that reached the downstream. */
  readonly requests: number;
  /** Stage → verdict → how often: `{ action: { done: 12, 'suppressed(late)': 3 } }`. */
  readonly verdicts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Adds up what schedules came to. */
export class Tally {
  #schedules = 0;
  #published = 0;
  #requests = 0;
  readonly #verdicts = new Map<string, Map<string, number>>();

  add(ran: Ran): void {
    this.#schedules += 1;
    this.#published += ran.published.length;
    this.#requests += ran.journal.of('request').length;
    for (const { name } of stageSources(ran.contract)) {
      const known = this.#verdicts.get(name) ?? new Map<string, number>();
      this.#verdicts.set(name, known);
      for (const { verdict } of verdictsOf(ran, name).values()) {
        const label = verdictLabel(verdict);
        known.set(label, (known.get(label) ?? 0) + 1);
      }
    }
  }

  get simulated(): Simulated {
    return {
      schedules: this.#schedules,
      published: this.#published,
      requests: this.#requests,
      verdicts: Object.fromEntries(
        [...this.#verdicts].map(([stage, known]) => [stage, Object.fromEntries(known)]),
      ),
    };
  }
}
