import type { Verdict } from '../../../core/verdict.ts';
import type { SegmentTimes } from './segments.ts';

/** p50 and p99 of what was settled in the last 30 s, ms, of the newest 1,000 at most; `null` where nothing was. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** A topic of the pipeline, dead-letter topics among them. */
export interface PageTopic {
  readonly name: string;
  readonly kind: 'source' | 'context' | 'vectors' | 'decisions' | 'outcomes' | 'dead-letters';
  readonly records: number;
  /** Appended lately. */
  readonly perSecond: number;
  /** The stage that writes it, and the one that reads it; `null`: the player, nobody. */
  readonly writtenBy: string | null;
  readonly readBy: string | null;
}

export interface PageStage {
  /** `features`, `inference`, `action`, `context-<name>`. */
  readonly name: string;
  readonly reads: string;
  readonly writes: string | null;
  readonly deadLetterTopic: string;
  /** Records settled lately. */
  readonly perSecond: number;
  /** Records that are not committed. */
  readonly lag: number;
  /** Age of the first of them, ms; 0 where there is none. */
  readonly firstUncommittedMs: number;
  readonly freshnessMs: Percentiles | null;
  /** By segment: append, receive, process, external, emit. */
  readonly segmentsMs: Readonly<Record<string, Percentiles | null>>;
  /** Stage and segment, as `features.receive`, that most often took most of the time where the target was broken lately; `null`: it is kept. */
  readonly brokenBy: string | null;
  readonly deadLetters: number;
  /** Worker threads that live, and how many were killed or died since the start. */
  readonly workers: { readonly alive: number; readonly ended: number };
  /** What its newest failure said, until a batch has succeeded since. */
  readonly trouble: string | null;
}

/** The counts that prove that nothing is lost or doubled. */
export interface PageBooks {
  readonly stages: readonly {
    readonly name: string;
    /** Distinct records in its topic, and those of them that have a verdict. */
    readonly received: number;
    readonly settled: number;
    readonly verdicts: Readonly<Record<string, number>>;
  }[];
  readonly effects: {
    readonly done: number;
    readonly suppressed: number;
    readonly failed: number;
    readonly inDoubt: number;
  };
  readonly receiver: {
    readonly requests: number;
    readonly distinctKeys: number;
    readonly duplicateEffects: number;
  };
  /** Every record has a verdict: true only while nothing is under way. */
  readonly balanced: boolean;
}

/** How good the decisions are, of those whose outcome is known; the recording knows it. */
export interface PageQuality {
  readonly decisions: number;
  readonly judged: number;
  readonly auc: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
  /** Ten bins of the score: mean score, share that was positive, how many. Empty bins are left out. */
  readonly calibration: readonly {
    readonly score: number;
    readonly positive: number;
    readonly count: number;
  }[];
}

/** What the local run is told to do. */
export interface PageControls {
  readonly isPlayingPaused: boolean;
  readonly speed: { readonly kind: 'paced'; readonly factor: number } | { readonly kind: 'fast' };
  readonly receiver: 'answers' | 'dropped';
  /** Added to every call of the model, ms; 0: none. */
  readonly modelDelayMs: number;
  /** The kill switch of action. */
  readonly isActionPaused: boolean;
}

/** What the whole run suffers from. */
export interface RunProblem {
  /** `build`: what was saved cannot run, the former code goes on. `broken`: the run ends. `away`: it could not be looked at. */
  readonly kind: 'build' | 'broken' | 'away';
  /** Line by line. */
  readonly text: string;
}

export type RunPhase = 'starting' | 'playing' | 'draining' | 'played' | 'stopping' | 'broken';

/** What the page shows at one moment; sent whole, twice a second. Times are Unix ms. */
export interface PageState {
  readonly pipeline: string;
  /** Another one after `--reset`, or a restart: what the page remembers is of the former run. */
  readonly runId: string;
  readonly at: number;
  readonly simulated: number;
  readonly played: number;
  readonly toPlay: number;
  readonly phase: RunPhase;
  /** `null`: nothing is wrong. */
  readonly problem: RunProblem | null;
  readonly target: { readonly ms: number; readonly objective: number };
  /**
   * Share of events within the target, of those that action settled and all that were lost on the way to it; how many were
   * lost; the stage and segment, as `features.receive`, that most often took most of the time of those that were late; and what
   * is left of the error budget, 0–1, below 0 when it is spent.
   */
  readonly kept: {
    readonly share: number | null;
    readonly lost: number;
    readonly brokenMostBy: string | null;
    readonly budgetLeft: number | null;
  };
  readonly topics: readonly PageTopic[];
  readonly stages: readonly PageStage[];
  readonly contexts: readonly {
    readonly name: string;
    readonly maxAgeMs: number;
    /** Of the newest entry of the key that is the furthest behind, in event time; `null`: nothing is known. */
    readonly oldestAgeMs: number | null;
    readonly keys: number;
  }[];
  readonly books: PageBooks;
  /** That the receiver got lately. */
  readonly requestsPerSecond: number;
  readonly quality: PageQuality;
  readonly controls: PageControls;
}

/** One point of the plots, one a second, 15 minutes of them. */
export interface PagePoint {
  readonly at: number;
  /** The event time that it was then. */
  readonly simulated: number;
  /** Of all decisions that were judged until then. */
  readonly quality: Pick<PageQuality, 'auc' | 'precision' | 'recall'>;
  readonly stages: Readonly<
    Record<
      string,
      {
        readonly p50: number | null;
        readonly p99: number | null;
        readonly perSecond: number;
        readonly lag: number;
        /** Of what was settled since the point before. Points are kept for long: no name is said twice. */
        readonly segmentsMs: SegmentTimes;
      }
    >
  >;
}

/** A decision as it came. */
export interface PageDecision {
  readonly id: string;
  /** `source#id` of the event that it is about: for {@link PageTrace}. */
  readonly correlation: string;
  readonly key: string | null;
  readonly at: number;
  readonly score: number | null;
  readonly acted: boolean;
  /** In words: who, and why. */
  readonly title: string;
  readonly why: readonly string[];
  /** What each feature adds to the score, in log-odds, strongest first; empty where the model does not tell. */
  readonly contributions: readonly { readonly feature: string; readonly logOdds: number }[];
  /** Whether what was predicted came; `null`: not known (yet). */
  readonly outcome: boolean | null;
}

/** A row of the live table. */
export interface PageRow {
  readonly key: string;
  readonly version: number;
  /** Since it was last seen to change, ms; `null`: it was not. A row does not say when it was written. */
  readonly changedMs: number | null;
  /** Events that it was seen to fold in the last minute. */
  readonly changes: number;
}

/** The newest rows, 200 at most. */
export interface PageRows {
  /** Those that changed last come first. */
  readonly rows: readonly PageRow[];
  /** Entities that are known. */
  readonly total: number;
  /** There are more than are known. */
  readonly isMore: boolean;
}

/** What is known of a context for one key. */
export interface PageContext {
  readonly body: unknown;
  /** In event time, up to what is simulated now. */
  readonly ageMs: number;
}

/** What became of the members of a row's state. Eight are told at most, and long values are cut. */
export interface PageRowChanges {
  readonly members: readonly {
    /** JSON pointer within the state. */
    readonly path: string;
    /** JSON; `null`: it was not there before, it is not there any more. */
    readonly before: string | null;
    readonly after: string | null;
  }[];
  /** Others that changed. */
  readonly more: number;
}

/** One row in full. */
export interface PageRowDetails {
  readonly row: unknown;
  /** That were seen of it, with what changed since the one before; `null`: the state before is not known. */
  readonly versions: readonly {
    readonly version: number;
    readonly at: number;
    readonly changes: PageRowChanges | null;
  }[];
  /** By the name of each context of the pipeline; `null`: nothing is known of this key. */
  readonly context: Readonly<Record<string, PageContext | null>>;
}

/** One step of a record's way, in order of time. */
export interface TraceStep {
  readonly kind: 'event' | 'row' | 'context' | 'vector' | 'decision' | 'effect' | 'outcome' | 'dead-letter';
  readonly title: string;
  /** `topic/partition/offset`, or the name of a store's item. */
  readonly where: string;
  readonly at: number | null;
  /** Since the step before, ms. */
  readonly sincePreviousMs: number | null;
  /** Of the hop, by segment, ms. */
  readonly segmentsMs: Readonly<Record<string, number>> | null;
  readonly verdict: Verdict['kind'] | null;
  /** JSON; `null` until it is asked for with the payload. */
  readonly payload: unknown;
}

export interface PageTrace {
  readonly correlation: string;
  readonly steps: readonly TraceStep[];
  /** What is missing and why, in words: not processed yet, dead letter, expired. */
  readonly missing: readonly string[];
  /** Nothing more comes of it by itself. */
  readonly isFinal: boolean;
}

export interface PageLetter {
  /** `topic/partition/offset` of the letter. */
  readonly id: string;
  readonly stage: string;
  readonly reason: string;
  readonly at: number;
  readonly detail: string;
  readonly standing: string;
}

/** The newest letters, 100 at most, the newest first. */
export interface PageLetters {
  readonly letters: readonly PageLetter[];
  readonly total: number;
  /** Of more than 500 not all are read: the total is that of the topics' records, and a letter can be there twice. */
  readonly hasCopies: boolean;
}

export interface PageEffect {
  readonly key: string;
  readonly state: string;
  readonly at: number;
  /** Failed ones. */
  readonly attempts: number;
  readonly note: string;
}

/** In doubt or failed: the oldest, the oldest first; done: the newest of this run, the newest first. 100 at most. */
export interface PageEffects {
  readonly effects: readonly PageEffect[];
  /** In that state, those of earlier runs among them; counted at most a second or so ago. */
  readonly total: number;
}
