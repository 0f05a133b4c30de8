/**
 * Metrics as CloudWatch's embedded metric format on standard output: namespace Freshet, dimensions Pipeline, Stage and Segment.
 *
 * @see Amazon CloudWatch user guide, "Specification: Embedded metric format": 100 values per metric and blob
 */
import type { BatchReport, FreshnessSample, Segment } from '../core/ports/stage-ports.ts';

const valuesPerBlob = 100;
const segments: readonly Segment[] = ['append', 'receive', 'process', 'external', 'emit'];

type Unit = 'Milliseconds' | 'Count';

/** Names of the counters in a blob: verdicts in CloudWatch's PascalCase. */
const verdictMetric: Readonly<Record<keyof BatchReport['verdicts'], string>> = {
  done: 'Done',
  'state-only': 'StateOnly',
  suppressed: 'Suppressed',
  'dead-lettered': 'DeadLettered',
  'in-doubt': 'InDoubt',
  ignored: 'Ignored',
  fenced: 'Fenced',
  'mapping-gave-up': 'MappingGaveUp',
  retry: 'Retried',
};

const blob = (
  at: number,
  dimensions: Readonly<Record<string, string>>,
  metrics: Readonly<Record<string, { readonly unit: Unit; readonly values: number | readonly number[] }>>,
): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: 'Freshet',
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.entries(metrics).map(([Name, { unit }]) => ({ Name, Unit: unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(Object.entries(metrics).map(([name, { values }]) => [name, values])),
  });

const inPieces = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/** The blobs of a batch, one JSON text each: counters once and never sampled, values split where they are many. */
export const emfBlobs = (pipeline: string, report: BatchReport): readonly string[] => {
  const dimensions = { Pipeline: pipeline, Stage: report.stage };
  const counts = Object.entries(report.verdicts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => [verdictMetric[kind as keyof BatchReport['verdicts']], count] as const);
  const counters: Readonly<Record<string, number>> = {
    ...Object.fromEntries(counts),
    GoodEvents: report.freshness.filter(({ good }) => good).length,
    TotalEvents: report.freshness.length + report.bad,
    LostEvents: report.lost,
    Emitted: report.emitted,
    Effects: report.effects,
  };
  return [
    blob(
      report.at,
      dimensions,
      Object.fromEntries(Object.entries(counters).map(([name, values]) => [name, { unit: 'Count', values }])),
    ),
    ...inPieces(report.freshness, valuesPerBlob).flatMap((samples) =>
      freshnessBlobs(report.at, dimensions, samples),
    ),
    ...brokenBlobs(pipeline, report),
  ];
};

/** Stage and Segment are those that broke the target, which may be of a stage before the one that tells it. */
const brokenBlobs = (pipeline: string, { at, freshness }: BatchReport): readonly string[] => {
  const counts = new Map<string, number>();
  for (const { brokenBy } of freshness)
    if (brokenBy !== undefined) counts.set(brokenBy, (counts.get(brokenBy) ?? 0) + 1);
  return [...counts].map(([brokenBy, count]) => {
    const [stage = '', segment = ''] = brokenBy.split('.');
    return blob(
      at,
      { Pipeline: pipeline, Stage: stage, Segment: segment },
      { TargetBroken: { unit: 'Count', values: count } },
    );
  });
};

const freshnessBlobs = (
  at: number,
  dimensions: Readonly<Record<string, string>>,
  samples: readonly FreshnessSample[],
): readonly string[] => [
  blob(at, dimensions, {
    FreshnessMs: { unit: 'Milliseconds', values: samples.map(({ totalMs }) => totalMs) },
  }),
  ...segments.map((segment) =>
    blob(
      at,
      { ...dimensions, Segment: segment },
      { SegmentMs: { unit: 'Milliseconds', values: samples.map(({ segmentsMs }) => segmentsMs[segment]) } },
    ),
  ),
];
