import type { PageEvents, PageHello } from '../../protocol/page-api.ts';
import { mostDecisions, mostPoints } from '../../protocol/page-bounds.ts';
import type { PageControls, PageDecision, PagePoint, PageState } from '../../protocol/page-state.ts';

/** Whether the server is heard. */
export type Link = 'connecting' | 'open' | 'lost';

/**
 * What the page knows of one pipeline. It is bounded: what comes goes at the other end. `changes` counts what was heard,
 * so that a view redraws only what is new to it.
 */
export class Live {
  link: Link = 'connecting';
  /** Whether the server has such a run: one of several may end before the others. */
  isOffered = true;
  state: PageState | undefined;
  points: PagePoint[] = [];
  /** Newest first. */
  decisions: PageDecision[] = [];
  /** Decisions that the server left out of what it sent. */
  skipped = 0;
  changes = { state: 0, points: 0, decisions: 0 };
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Everything anew: what was known of this or of a former run is replaced by it. */
  hello({ state, points, decisions }: PageHello): void {
    if (this.state?.runId !== state.runId) this.skipped = 0;
    this.link = 'open';
    this.state = state;
    this.points = points.slice(-mostPoints);
    this.decisions = decisions.slice(-mostDecisions).toReversed();
    this.changes.state++;
    this.changes.points++;
    this.changes.decisions++;
    this.#changed();
  }

  lost(): void {
    if (this.link === 'lost') return;
    this.link = 'lost';
    this.#changed();
  }

  offered(is: boolean): void {
    if (this.isOffered === is) return;
    this.isOffered = is;
    this.#changed();
  }

  nextState(state: PageEvents['state']): void {
    if (this.state !== undefined && this.state.runId !== state.runId) this.#forget();
    this.state = state;
    this.changes.state++;
    this.#changed();
  }

  nextPoint(point: PageEvents['point']): void {
    this.points.push(point);
    if (this.points.length > mostPoints) this.points.splice(0, this.points.length - mostPoints);
    this.changes.points++;
    this.#changed();
  }

  nextDecisions({ decisions, skipped }: PageEvents['decisions']): void {
    this.decisions.unshift(...decisions.toReversed());
    if (this.decisions.length > mostDecisions) this.decisions.length = mostDecisions;
    this.skipped += skipped;
    this.changes.decisions++;
    this.#changed();
  }

  nextOutcomes(outcomes: PageEvents['outcomes']): void {
    const known = new Map(outcomes.map(({ id, outcome }) => [id, outcome]));
    this.decisions = this.decisions.map((decision) => {
      const outcome = known.get(decision.id);
      return outcome === undefined ? decision : { ...decision, outcome };
    });
    this.changes.decisions++;
    this.#changed();
  }

  /** What a control answered, before the next state says it. */
  controlled(controls: PageControls): void {
    if (this.state === undefined) return;
    this.state = { ...this.state, controls };
    this.changes.state++;
    this.#changed();
  }

  #forget(): void {
    this.points = [];
    this.decisions = [];
    this.skipped = 0;
    this.changes.points++;
    this.changes.decisions++;
  }
}

/** Of one that is no longer heard: whether its end was heard before, or the server says so. */
export const hasEnded = ({ isOffered, state }: Pick<Live, 'isOffered' | 'state'>): boolean =>
  !isOffered || ['stopping', 'broken'].includes(state?.phase ?? '');
