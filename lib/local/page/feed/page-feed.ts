import { topicIn } from '../../../core/contract/resolved.ts';
import { messageOf } from '../../../core/errors.ts';
import type { LocalRun } from '../../local-run.ts';
import { localEnvironment } from '../../pipeline-choice.ts';
import { deadLetterCount } from '../../report/report.ts';
import { Rest } from '../../rest.ts';
import type { PlayItem } from '../../recording/playlist.ts';
import type { PageEvents, PageHello } from '../protocol/page-api.ts';
import { mostPoints } from '../protocol/page-bounds.ts';
import type { PageControls, PagePoint, PageState, RunProblem } from '../protocol/page-state.ts';
import { Books } from './books.ts';
import { ContextWatch } from './context-watch.ts';
import { DecisionFeed } from './decision-feed.ts';
import { eventKey } from './event-key.ts';
import { Figures } from './figures.ts';
import { RecentVectors } from './recent-vectors.ts';
import { RowWatch } from './row-watch.ts';

const turnMs = 250;
/** Turns between states, and between points. */
const stateEvery = 2;
const pointEvery = 4;
/** Items that tell at the start which entities there are. */
const mostSeeds = 5_000;

/** Whoever looks at the page; told of everything as it comes. */
export type PageListener = <Name extends keyof PageEvents>(name: Name, event: PageEvents[Name]) => void;

export interface PageFeedOptions {
  readonly runId: string;
  readonly run: LocalRun;
  readonly controls: () => PageControls;
}

/** What the page of a run is told. It remembers 15 minutes of points and what is shown at once, and no more. */
export class PageFeed {
  readonly #options: PageFeedOptions;
  readonly decisions: DecisionFeed;
  readonly rows: RowWatch;
  readonly books: Books;
  readonly #context: ContextWatch;
  readonly #figures: Figures;
  readonly #listeners = new Set<PageListener>();
  readonly #closers = new Set<() => void>();
  #points: PagePoint[] = [];
  #state: PageState | undefined;
  /** Why nothing can be told at the moment. */
  #away: string | undefined;
  readonly #rest: Rest;
  #loop: Promise<void> | undefined;

  constructor(options: PageFeedOptions) {
    this.#options = options;
    const { parts } = options.run;
    const { prepared, player, follower, published, lanes } = parts;
    const { contract } = prepared.built;
    const { clock, log, rows } = prepared.platform;
    this.#rest = new Rest(clock);
    this.decisions = new DecisionFeed({
      recording: prepared.recording,
      outcomes: prepared.outcomes,
      knownAt: prepared.knownAt,
      vectors:
        prepared.recording.explain === undefined
          ? undefined
          : new RecentVectors(log, topicIn(localEnvironment, contract.vectors)),
      knownUpTo: () => (player.isOver ? Number.POSITIVE_INFINITY : player.simulated),
    });
    this.rows = new RowWatch(rows);
    this.#context = new ContextWatch(contract);
    this.#figures = new Figures(parts);
    this.books = new Books(parts);
    follower.listen(this.decisions);
    published.add((lane, items) => this.#published(lane, items));
    // What an earlier process has published: which rows and what context there are.
    for (const lane of ['context', 'source'] as const) {
      const { items, next } = lanes[lane];
      this.#published(lane, items.slice(Math.max(0, next - mostSeeds), next));
    }
  }

  start(): void {
    this.#loop = this.#turn();
  }

  /** Ends, and lets everybody go who listens. */
  async stop(): Promise<void> {
    this.#rest.end();
    await this.#loop;
    for (const close of this.#closers) close();
    this.#closers.clear();
    this.#listeners.clear();
  }

  /**
   * @param onEnd - the run has ended; called at once where it had before
   * @returns how to let go
   */
  listen(listener: PageListener, onEnd: () => void): () => void {
    if (this.#rest.isOver) {
      onEnd();
      return () => {};
    }
    this.#listeners.add(listener);
    this.#closers.add(onEnd);
    return () => {
      this.#listeners.delete(listener);
      this.#closers.delete(onEnd);
    };
  }

  /** Everything there is to show now; of a log or store that is away, as it was last, with why. */
  async hello(): Promise<PageHello> {
    const state = await this.state().catch((thrown: unknown): PageState => {
      if (this.#state === undefined) throw thrown;
      return this.#lately(this.#state, messageOf(thrown));
    });
    return { state, points: this.#points, decisions: this.decisions.shown };
  }

  /** As it is now. @throws {TransientError} where the log or a store does not answer */
  async state(): Promise<PageState> {
    const { run, runId, controls } = this.#options;
    const { prepared, player, input, chain, follower, toPlay } = run.parts;
    const { contract } = prepared.built;
    const at = prepared.platform.clock.now();
    if (this.#state === undefined) await this.#figures.look();
    const books = await this.books.look();
    const { targetMs, objective } = contract.freshness;
    const { target } = chain;
    const state: PageState = {
      pipeline: contract.pipeline,
      runId,
      at,
      simulated: player.simulated,
      played: input.total,
      toPlay,
      phase: run.phase,
      problem: problemOf(run, this.#away),
      target: { ms: targetMs, objective },
      kept: { ...target, budgetLeft: target.share === null ? null : budgetLeft(target.share, objective) },
      topics: this.#figures.topics,
      stages: this.#figures.stages.map((stage) => ({
        ...stage,
        deadLetters: deadLetterCount(books.stages.find(({ name }) => name === stage.name)?.verdicts ?? {}),
      })),
      contexts: this.#context.contexts(player.simulated),
      books,
      requestsPerSecond: this.#figures.requestsPerSecond,
      quality: this.decisions.quality(follower.decisions),
      controls: controls(),
    };
    this.#state = state;
    return state;
  }

  #published(lane: 'source' | 'context', items: readonly PlayItem[]): void {
    if (lane === 'context') {
      this.#context.published(items);
      return;
    }
    const { key: member } = this.#options.run.parts.prepared.built.contract.source;
    for (const item of items) {
      const key = eventKey(item, member);
      if (key !== undefined) this.rows.touch(key);
    }
  }

  async #turn(): Promise<void> {
    for (let turn = 0; !this.#rest.isOver;) {
      try {
        await this.#look(turn);
        this.#away = undefined;
      } catch (thrown) {
        this.#sayAway(messageOf(thrown));
      }
      // Nobody looks: only points are kept, up to the next of which a broker is left to others.
      const turns = this.#listeners.size > 0 ? 1 : pointEvery - (turn % pointEvery);
      await this.#rest.take(turns * turnMs);
      turn += turns;
    }
    // The last word: whoever still listens sees how it ended.
    if (this.#listeners.size === 0) return;
    const last = await this.state().catch(() => this.#state && this.#lately(this.#state, this.#away));
    if (last !== undefined)
      this.#tell('state', { ...last, phase: last.phase === 'broken' ? 'broken' : 'stopping' });
  }

  async #look(turn: number): Promise<void> {
    await this.#options.run.follow();
    const decisions = await this.decisions.take();
    if (decisions.decisions.length > 0) this.#tell('decisions', decisions);
    const isWatched = this.#listeners.size > 0;
    const isPoint = turn % pointEvery === 0;
    if (!isPoint && !(isWatched && turn % stateEvery === 0)) return;
    await this.#figures.look();
    if (isPoint) await this.#point();
    if (isWatched) this.#tell('state', await this.state());
  }

  async #point(): Promise<void> {
    const { prepared, player, follower } = this.#options.run.parts;
    const now = prepared.platform.clock.now();
    const outcomes = this.decisions.takeOutcomes();
    if (outcomes.length > 0) this.#tell('outcomes', outcomes);
    const { auc, precision, recall } = this.decisions.quality(follower.decisions);
    const point: PagePoint = {
      at: now,
      simulated: player.simulated,
      quality: { auc, precision, recall },
      stages: this.#figures.point(),
    };
    this.#points = [...this.#points.slice(1 - mostPoints), point];
    this.#tell('point', point);
    await this.rows.look(now);
  }

  /** A state from before, with what is known without a log or a store: how the run is, and why nothing newer is. */
  #lately(state: PageState, away: string | undefined): PageState {
    const { run } = this.#options;
    return { ...state, phase: run.phase, problem: problemOf(run, away) };
  }

  /** A log or store that is away for a moment is waited for, and whoever watches is told. */
  #sayAway(why: string): void {
    this.#away = why;
    if (this.#state !== undefined) this.#tell('state', this.#lately(this.#state, why));
  }

  #tell<Name extends keyof PageEvents>(name: Name, event: PageEvents[Name]): void {
    for (const listener of this.#listeners) listener(name, event);
  }
}

/** @param away - why it could not be looked at */
const problemOf = (
  { phase, problem }: Pick<LocalRun, 'phase' | 'problem'>,
  away: string | undefined,
): RunProblem | null => {
  if (problem !== null) return { kind: phase === 'broken' ? 'broken' : 'build', text: problem };
  return away === undefined ? null : { kind: 'away', text: away };
};

/** 1: nothing of it is spent; below 0: more than there was. */
const budgetLeft = (share: number, objective: number): number =>
  objective >= 1 ? (share >= 1 ? 1 : 0) : 1 - (1 - share) / (1 - objective);
