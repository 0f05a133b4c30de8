import { deadLettersIn, topicIn } from '../../../core/contract/resolved.ts';
import { stageSources } from '../../../core/contract/stage-sources.ts';
import type { EpochMs } from '../../../core/units.ts';
import type { RunParts } from '../../run-parts.ts';
import { localEnvironment } from '../../pipeline-choice.ts';
import type { Quantiles } from '../../report/quantiles.ts';
import type { RecentMeasurements } from '../../report/recent-measurements.ts';
import type { StagePosition } from '../../stages/stage-positions.ts';
import type { StageRun } from '../../stages/stage-run.ts';
import type { PagePoint, PageStage, PageTopic, Percentiles } from '../protocol/page-state.ts';
import { segments } from '../protocol/segments.ts';
import { BrokenBy } from './broken-by.ts';
import { Rate } from './rate.ts';

const percentiles = (quantiles: Quantiles | null): Percentiles | null =>
  quantiles === null ? null : { p50: quantiles.p50, p99: quantiles.p99 };

type TopicPlace = Pick<PageTopic, 'name' | 'kind' | 'writtenBy' | 'readBy'>;

/** The topics of a pipeline along its flow, each with the dead letters beside it. */
const topicsOf = ({ prepared }: RunParts): readonly TopicPlace[] => {
  const { contract } = prepared.built;
  const kinds = { inference: 'vectors', action: 'decisions', features: 'source' } as const;
  const writers: Readonly<Record<string, string>> = { inference: 'features', action: 'inference' };
  return [
    ...stageSources(contract).flatMap(({ name, topic }): TopicPlace[] => [
      {
        name: topicIn(localEnvironment, topic),
        kind: name in kinds ? kinds[name as keyof typeof kinds] : 'context',
        writtenBy: writers[name] ?? null,
        readBy: name,
      },
      { name: deadLettersIn(localEnvironment, topic), kind: 'dead-letters', writtenBy: name, readBy: null },
    ]),
    {
      name: topicIn(localEnvironment, contract.outcomes),
      kind: 'outcomes',
      writtenBy: 'action',
      readBy: null,
    },
  ];
};

/** What is remembered of a stage between two looks. */
class StageFigures {
  readonly stage: StageRun;
  readonly #settled = new Rate();
  readonly #brokenBy = new BrokenBy();
  #brokenMostBy: string | null = null;
  #newest: { readonly position: StagePosition; readonly perSecond: number } = {
    position: { lag: 0, firstUncommittedMs: 0 },
    perSecond: 0,
  };
  /** Measurements that the last point has seen. */
  readonly #seen = new Map<RecentMeasurements, number>();

  constructor(stage: StageRun) {
    this.stage = stage;
  }

  /** Also while nobody watches: what "lately" means is not to depend on that. */
  async look(now: EpochMs): Promise<void> {
    const { positions, metrics } = this.stage;
    this.#brokenMostBy = this.#brokenBy.add(now, metrics.brokenBy);
    const [position, records] = await Promise.all([positions.position(now), positions.records()]);
    this.#newest = { position, perSecond: this.#settled.add(now, records - position.lag) };
  }

  page({ trouble, prepared }: RunParts): Omit<PageStage, 'deadLetters'> {
    const { name, metrics, workers } = this.stage;
    const source = stageSources(prepared.built.contract).find((each) => each.name === name);
    const { vectors, decisions, outcomes } = prepared.built.contract;
    const writes = { features: vectors, inference: decisions, action: outcomes };
    const written = name in writes ? writes[name as keyof typeof writes] : undefined;
    return {
      name,
      reads: source === undefined ? '' : topicIn(localEnvironment, source.topic),
      writes: written === undefined ? null : topicIn(localEnvironment, written),
      deadLetterTopic: source === undefined ? '' : deadLettersIn(localEnvironment, source.topic),
      perSecond: this.#newest.perSecond,
      ...this.#newest.position,
      freshnessMs: percentiles(metrics.recent.freshness.quantiles()),
      segmentsMs: Object.fromEntries(
        segments.map((segment) => [segment, percentiles(metrics.recent.segments[segment].quantiles())]),
      ),
      brokenBy: this.#brokenMostBy,
      workers,
      trouble: trouble.newest(name) ?? null,
    };
  }

  /** What was measured since the last point. */
  point(): PagePoint['stages'][string] {
    const { recent } = this.stage.metrics;
    const freshness = this.#since(recent.freshness);
    return {
      p50: freshness?.p50 ?? null,
      p99: freshness?.p99 ?? null,
      perSecond: this.#newest.perSecond,
      lag: this.#newest.position.lag,
      segmentsMs: segments.flatMap((segment) => {
        const times = this.#since(recent.segments[segment]);
        return [times?.p50 ?? null, times?.p99 ?? null];
      }),
    };
  }

  #since(measured: RecentMeasurements): Quantiles | null {
    const fresh = measured.added - (this.#seen.get(measured) ?? 0);
    this.#seen.set(measured, measured.added);
    return fresh === 0 ? null : measured.quantiles(fresh);
  }
}

/** The figures of topics and stages, with what has changed since they were looked at before. */
export class Figures {
  readonly #parts: RunParts;
  readonly #stages: readonly StageFigures[];
  readonly #topics: readonly { readonly place: TopicPlace; readonly rate: Rate }[];
  readonly #requests = new Rate();
  #newestTopics: readonly PageTopic[] = [];
  #requestsPerSecond = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#stages = parts.chain.stages.map((stage) => new StageFigures(stage));
    this.#topics = topicsOf(parts).map((place) => ({ place, rate: new Rate() }));
  }

  /** @throws {TransientError} where the log does not answer */
  async look(): Promise<void> {
    const { receiver, prepared } = this.#parts;
    const { platform } = prepared;
    const now = platform.clock.now();
    const topics: PageTopic[] = [];
    for (const { place, rate } of this.#topics) {
      const records = (await platform.log.offsets(place.name)).reduce((sum, { end }) => sum + end, 0);
      topics.push({ ...place, records, perSecond: rate.add(now, records) });
    }
    this.#newestTopics = topics;
    this.#requestsPerSecond = this.#requests.add(now, receiver.tally.requests);
    for (const stage of this.#stages) await stage.look(now);
  }

  get topics(): readonly PageTopic[] {
    return this.#newestTopics;
  }

  /** That the receiver got lately. */
  get requestsPerSecond(): number {
    return this.#requestsPerSecond;
  }

  get stages(): readonly Omit<PageStage, 'deadLetters'>[] {
    return this.#stages.map((stage) => stage.page(this.#parts));
  }

  /** What was measured since the last call, by stage. */
  point(): PagePoint['stages'] {
    return Object.fromEntries(this.#stages.map((figures) => [figures.stage.name, figures.point()]));
  }
}
