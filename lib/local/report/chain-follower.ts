import { topicIn, type ResolvedContract } from '../../core/contract/resolved.ts';
import {
  ceHeader,
  isFault,
  readChainedEnvelope,
  traceOf,
  type Envelope,
  type Hop,
} from '../../core/envelope.ts';
import type { EventLog, LoggedRecord } from '../../core/ports/event-log.ts';
import type { Segment } from '../../core/ports/stage-ports.ts';
import { textOf } from '../../core/record.ts';
import type { Recording } from '../../core/recording.ts';
import { parseInstant, type EpochMs } from '../../core/units.ts';
import { DecidedBook } from './decided.ts';
import { Measurements, type Quantiles } from './quantiles.ts';
import { qualityOf, type Quality } from './quality.ts';
import { TopicTail } from './topic-tail.ts';

/** A chain that came to its end. */
export interface FinishedChain {
  /** Identity that decision and outcome share. */
  readonly id: string;
  readonly trace: string | undefined;
  readonly status: string;
  readonly stage: string;
  /** Since the origin was published, until the outcome was in the log, ms. */
  readonly totalMs: number;
  readonly segmentsMs: Readonly<Record<Segment, number>>;
  readonly hops: readonly Hop[];
}

export interface DecisionQuality extends Quality {
  /** Distinct ones. */
  readonly decisions: number;
  /** Those with a score whose event has a recorded outcome: quality is about these. */
  readonly judged: number;
}

/** A decision when it is first seen. */
export interface SeenDecision {
  readonly id: string;
  /** Identity of the event that the chain began with, `source#id`. */
  readonly correlation: string;
  /** The event's identity in the recording. */
  readonly origin: string;
  readonly record: LoggedRecord;
  readonly body: unknown;
  readonly scored: ReturnType<Recording['score']>;
}

export interface ChainListener {
  decided(decision: SeenDecision): void;
  ended(chain: FinishedChain): void;
}

const segments: readonly Segment[] = ['append', 'receive', 'process', 'external', 'emit'];

const sumOf = (hops: readonly Hop[], member: Exclude<keyof Hop, 'stage'>): number =>
  hops.reduce((sum, hop) => sum + hop[member], 0);

const segmentsOf = (hops: readonly Hop[], emitMs: number): FinishedChain['segmentsMs'] => ({
  append: sumOf(hops, 'appendMs'),
  receive: sumOf(hops, 'receiveMs'),
  process: sumOf(hops, 'processMs'),
  external: sumOf(hops, 'externalMs'),
  emit: emitMs,
});

const bodyOf = (record: LoggedRecord): Readonly<Record<string, unknown>> =>
  JSON.parse(textOf(record.value ?? new Uint8Array())) as Readonly<Record<string, unknown>>;

const chainOf = (record: LoggedRecord, { hops, origin, identity }: Envelope): FinishedChain => {
  const body = bodyOf(record);
  const madeAt = parseInstant(ceHeader(record.headers, 'time') ?? '') ?? record.timestamp;
  return {
    id: identity.id,
    trace: traceOf(record.headers).traceparent?.split('-')[1],
    status: String(body['status']),
    stage: String(body['stage']),
    totalMs: record.timestamp - origin.time,
    segmentsMs: segmentsOf(hops, record.timestamp - madeAt),
    hops,
  };
};

/** Follows decisions and outcomes through the log: what was decided, how it ended, and how long it took. */
export class ChainFollower {
  readonly #recording: Recording;
  readonly #outcomes: ReadonlyMap<string, boolean>;
  readonly #since: EpochMs;
  readonly #decisionTail: TopicTail;
  readonly #outcomeTail: TopicTail;
  readonly #decided = new DecidedBook();
  readonly #outcomesByStage = new Map<string, number>();
  readonly #segments: Readonly<Record<Segment, Measurements>>;
  #turn: Promise<void> = Promise.resolve();
  #listener: ChainListener | undefined;

  /**
   * @param options.outcomes - what really followed, by the identity of the event in the recording
   * @param options.since - chains that ended before are of an earlier run: their times say nothing of this one
   */
  constructor(options: {
    readonly recording: Recording;
    readonly contract: ResolvedContract;
    readonly environment: string;
    readonly log: EventLog;
    readonly outcomes: ReadonlyMap<string, boolean>;
    readonly since: EpochMs;
  }) {
    const { recording, contract, environment, log, outcomes, since } = options;
    this.#recording = recording;
    this.#outcomes = outcomes;
    this.#since = since;
    this.#decisionTail = new TopicTail(log, topicIn(environment, contract.decisions));
    this.#outcomeTail = new TopicTail(log, topicIn(environment, contract.outcomes));
    this.#segments = {
      append: new Measurements(),
      receive: new Measurements(),
      process: new Measurements(),
      external: new Measurements(),
      emit: new Measurements(),
    };
  }

  /** Reads on. One call after the other, however many are made. @returns the chains of this run that have ended since */
  follow(): Promise<readonly FinishedChain[]> {
    const turn = this.#turn.then(() => this.#follow());
    this.#turn = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  /** Tells of every decision and of every end of a chain that is read from now on. */
  listen(listener: ChainListener): void {
    this.#listener = listener;
  }

  /** Distinct ones. */
  get decisions(): number {
    return this.#decided.size;
  }

  /** The score of a decision, where it has one. */
  scoreOf(decision: string): number | undefined {
    return this.#decided.scoreOf(decision);
  }

  /** Outcomes that a stage has emitted. */
  outcomesOf(stage: string): number {
    return this.#outcomesByStage.get(stage) ?? 0;
  }

  /** By segment, from the publication of the origin to the outcome in the log. */
  get segmentsMs(): Readonly<Record<Segment, Quantiles | null>> {
    const { append, receive, process, external, emit } = this.#segments;
    return {
      append: append.quantiles,
      receive: receive.quantiles,
      process: process.quantiles,
      external: external.quantiles,
      emit: emit.quantiles,
    };
  }

  get quality(): DecisionQuality {
    const judged = [...this.#decided.judged()];
    return { ...qualityOf(judged), decisions: this.#decided.size, judged: judged.length };
  }

  async #follow(): Promise<readonly FinishedChain[]> {
    await this.#decisionTail.follow((record) => this.#decide(record));
    const finished: FinishedChain[] = [];
    await this.#outcomeTail.follow((record) => {
      const envelope = readChainedEnvelope(record);
      if (isFault(envelope)) return;
      const chain = chainOf(record, envelope);
      this.#outcomesByStage.set(chain.stage, this.outcomesOf(chain.stage) + 1);
      this.#listener?.ended(chain);
      if (record.timestamp < this.#since) return;
      for (const segment of segments) this.#segments[segment].add(chain.segmentsMs[segment]);
      finished.push(chain);
    });
    return finished;
  }

  #decide(record: LoggedRecord): void {
    const id = ceHeader(record.headers, 'id');
    const correlation = ceHeader(record.headers, 'correlationid');
    if (id === undefined || correlation === undefined || this.#decided.has(id)) return;
    // The correlation id is the origin's identity, `source#id`: the source may itself hold a #, the recording knows it.
    const { identify } = this.#recording.contract.source;
    const prefix = `${identify?.source ?? this.#recording.source}#`;
    const origin = correlation.startsWith(prefix) ? correlation.slice(prefix.length) : correlation;
    const body = bodyOf(record);
    const scored = this.#recording.score(body);
    const positive = this.#outcomes.get(origin);
    this.#decided.set(id, scored === undefined ? undefined : { ...scored, positive });
    this.#listener?.decided({ id, correlation, origin, record, body, scored });
  }
}
