import type { Clock } from '../../core/ports/clock.ts';
import type { Segment } from '../../core/ports/stage-ports.ts';
import { Measurements, type Quantiles } from '../report/quantiles.ts';
import { RecentMeasurements } from '../report/recent-measurements.ts';
import { readFunctionLine, type FunctionSaid } from './emf-line.ts';

export type SegmentQuantiles = Readonly<Record<Segment, Quantiles | null>>;

export interface TargetKept {
  /** Of all events, 0–1; `null` where there were none. */
  readonly share: number | null;
  /** Stage and segment that most often took the most time where it was broken, as `features.receive`. */
  readonly brokenMostBy: string | null;
}

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

  /** How the target was kept by what this stage settled, losses included. */
  get target(): TargetKept {
    const total = this.count('TotalEvents');
    const [most] = [...this.#brokenBy].toSorted(([, one], [, other]) => other - one);
    return {
      share: total === 0 ? null : this.count('GoodEvents') / total,
      brokenMostBy: most?.[0] ?? null,
    };
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
