import type { Clock } from '../../core/ports/clock.ts';
import type { Segment } from '../../core/ports/stage-ports.ts';
import { Measurements, type Quantiles } from '../report/quantiles.ts';
import { RecentMeasurements } from '../report/recent-measurements.ts';
import { readFunctionLine, type FunctionSaid } from './emf-line.ts';

export type SegmentQuantiles = Readonly<Record<Segment, Quantiles | null>>;

export interface TargetKept {
  /** Of all events, 0–1; `null` where there were none. What was lost is among them. */
  readonly share: number | null;
  /**
   * Events that were dead-lettered, expired, are in doubt or were given up on, at whichever stage. Of a batch that its mapping
   * gave up on whole, what had been settled is among them.
   */
  readonly lost: number;
  /** Stage and segment that most often took the most time where it was broken, as `features.receive`. */
  readonly brokenMostBy: string | null;
}

/**
 * How a chain of stages kept the target: what its last stage settled in time, of that and of all that was lost on the way.
 *
 * Each stage counts its own losses. What one of them lost never reaches the last: without it a pipeline that loses half of
 * its events would keep its target by 100 %.
 */
export const targetKept = (chain: readonly StageMetrics[]): TargetKept => {
  const last = chain.at(-1);
  const lost = chain.reduce((sum, metrics) => sum + metrics.lost, 0);
  const total = (last?.measured ?? 0) + lost;
  const [most] = [...(last?.brokenBy ?? [])].toSorted(([, one], [, other]) => other - one);
  return {
    share: total === 0 ? null : (last?.count('GoodEvents') ?? 0) / total,
    lost,
    brokenMostBy: most?.[0] ?? null,
  };
};

/** Of what was measured lately no more is kept. */
const recentCount = 1_000;

/** What the metrics of one stage's function say, since the start of this run. */
export class StageMetrics {
  readonly #freshness = new Measurements();
  readonly #segments: Readonly<Record<Segment, Measurements>> = {
    append: new Measurements(),
    receive: new Measurements(),
    process: new Measurements(),
    external: new Measurements(),
    emit: new Measurements(),
  };
  readonly #counters = new Map<string, number>();
  readonly #brokenBy = new Map<string, number>();
  #givenUp = 0;
  /** Of what was settled lately. */
  readonly recent: {
    readonly freshness: RecentMeasurements;
    readonly segments: Readonly<Record<Segment, RecentMeasurements>>;
  };

  constructor(clock: Pick<Clock, 'now'>) {
    const recent = (): RecentMeasurements => new RecentMeasurements(recentCount, clock);
    this.recent = {
      freshness: recent(),
      segments: {
        append: recent(),
        receive: recent(),
        process: recent(),
        external: recent(),
        emit: recent(),
      },
    };
  }

  /** Takes a line of the function's output; what is no metric is handed back. */
  take(line: string): FunctionSaid {
    const said = readFunctionLine(line);
    switch (said.kind) {
      case 'freshness':
        for (const ms of said.values) {
          this.#freshness.add(ms);
          this.recent.freshness.add(ms);
        }
        break;
      case 'segment': {
        if (!Object.hasOwn(this.#segments, said.segment)) break;
        const segment = said.segment as Segment;
        for (const ms of said.values) {
          this.#segments[segment].add(ms);
          this.recent.segments[segment].add(ms);
        }
        break;
      }
      case 'counters':
        for (const [name, count] of Object.entries(said.counters))
          this.#counters.set(name, (this.#counters.get(name) ?? 0) + count);
        break;
      case 'broken':
        this.#brokenBy.set(said.by, (this.#brokenBy.get(said.by) ?? 0) + said.count);
        break;
      case 'attempts-failed':
      case 'log':
      case 'text':
        break;
    }
    return said;
  }

  /** A counter by its metric's name: `DeadLettered`, `Effects`. */
  count(name: string): number {
    return this.#counters.get(name) ?? 0;
  }

  /** The mapping gave up on so many records: the function cannot tell. */
  gaveUp(records: number): void {
    this.#givenUp += records;
  }

  /** Events that it settled, in time or late. */
  get measured(): number {
    return this.count('TotalEvents') - this.count('LostEvents');
  }

  /** Events that ended here without being settled in time: see {@link TargetKept.lost}. */
  get lost(): number {
    return this.count('LostEvents') + this.#givenUp;
  }

  /** How often each stage and segment, as `features.receive`, took the most time where the target was broken. */
  get brokenBy(): ReadonlyMap<string, number> {
    return this.#brokenBy;
  }

  get freshness(): Quantiles | null {
    return this.#freshness.quantiles;
  }

  get segments(): SegmentQuantiles {
    const { append, receive, process, external, emit } = this.#segments;
    return {
      append: append.quantiles,
      receive: receive.quantiles,
      process: process.quantiles,
      external: external.quantiles,
      emit: emit.quantiles,
    };
  }
}
