import { mostCounted, type PipelineStatus, type StageStatus } from '../ops/status/stage-status.ts';
import { toIso } from '../core/units.ts';
import { aligned, duration, figure } from './dev/figures.ts';

const ageText = ({ firstUncommittedMs }: Pick<StageStatus, 'firstUncommittedMs'>): string =>
  firstUncommittedMs === null ? 'gone' : duration(firstUncommittedMs);

/** The status as a table; with the partitions that are behind, or lost what they were behind with. */
export const statusLines = (pipeline: string, status: PipelineStatus): readonly string[] => [
  [
    pipeline,
    toIso(status.at),
    `${status.inDoubt === mostCounted ? `${figure(mostCounted)} or more` : figure(status.inDoubt)} effects in doubt`,
    ...(status.isPaused ? ['action is paused'] : []),
  ].join('  ·  '),
  ...aligned(
    [
      ['  stage', 'state', 'lag', 'first uncommitted', 'events/s', 'dead letters'],
      ...status.stages.flatMap((stage) => [
        [
          `  ${stage.stage}`,
          stage.state,
          figure(stage.lag),
          ageText(stage),
          stage.perSecond.toFixed(1),
          figure(stage.deadLetters),
        ],
        ...stage.partitions
          .filter(({ lag, firstUncommittedMs }) => lag > 0 || firstUncommittedMs === null)
          .map((one) => [`    partition ${one.partition}`, '', figure(one.lag), ageText(one), '', '']),
      ]),
    ],
    [0, 1],
  ),
];
