import { mostCounted, type PipelineStatus, type StageStatus } from '../ops/status/stage-status.ts';
import { toIso } from '../core/units.ts';
import { aligned, duration, figure } from './dev/figures.ts';

const ageText = ({ firstUncommittedMs }: Pick<StageStatus, 'firstUncommittedMs'>): string =>
  firstUncommittedMs === null ? 'gone' : duration(firstUncommittedMs);

const rate = (perSecond: number): string => perSecond.toFixed(1);

/** The status as a table; with the partitions that are behind, or lost what they were behind with. */
export const statusLines = (pipeline: string, status: PipelineStatus): readonly string[] => {
  // Known from the second look on.
  const isSecond = status.stages.some(({ committedPerSecond }) => committedPerSecond !== null);
  const committed = (cell: string): readonly string[] => (isSecond ? [cell] : []);
  return [
    [
      pipeline,
      toIso(status.at),
      `${status.inDoubt === mostCounted ? `${figure(mostCounted)} or more` : figure(status.inDoubt)} effects in doubt`,
      ...(status.isPaused ? ['action is paused'] : []),
    ].join('  ·  '),
    ...aligned(
      [
        ['  stage', 'state', 'lag', 'first uncommitted', 'in/s', ...committed('committed/s'), 'dead letters'],
        ...status.stages.flatMap((stage) => [
          [
            `  ${stage.stage}`,
            stage.state,
            figure(stage.lag),
            ageText(stage),
            rate(stage.perSecond),
            ...committed(rate(stage.committedPerSecond ?? 0)),
            figure(stage.deadLetters),
          ],
          ...stage.partitions
            .filter(({ lag, firstUncommittedMs }) => lag > 0 || firstUncommittedMs === null)
            .map((one) => [
              `    partition ${one.partition}`,
              '',
              figure(one.lag),
              ageText(one),
              '',
              '',
              ...committed(''),
            ]),
        ]),
      ],
      [0, 1],
    ),
  ];
};
