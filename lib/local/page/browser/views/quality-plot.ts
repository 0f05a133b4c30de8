import type { PagePoint } from '../../protocol/page-state.ts';
import { simulatedTime } from '../parts/format.ts';
import { plot, type Plot } from '../parts/plot.ts';

const lines = [
  { name: 'AUC', colour: 1 },
  { name: 'precision', colour: 2 },
  { name: 'recall', colour: 3 },
] as const;

/** `01-14 05:40`: the plot says that it is UTC. */
const monthAndTime = (at: number): string => simulatedTime(at).slice(5, 16);

/** The last point of each simulated time: it stands still while playing pauses, and outcomes may become known meanwhile. */
const lastOfEach = (points: readonly PagePoint[]): readonly PagePoint[] =>
  points.filter(
    ({ simulated }, index) =>
      simulated > 0 && simulated < (points[index + 1]?.simulated ?? Number.POSITIVE_INFINITY),
  );

/** How good the decisions were together, up to each moment of the simulated time. */
export const qualityPlot = (): Pick<Plot, 'node' | 'close'> & {
  readonly show: (points: readonly PagePoint[]) => void;
} => {
  const { node, show, close } = plot(
    {
      title: 'Over simulated time (UTC)',
      format: (share) => share.toFixed(2),
      timeText: monthAndTime,
    },
    lines,
  );
  return {
    node,
    close,
    show: (points) => {
      const drawn = lastOfEach(points);
      show(
        drawn.map(({ simulated }) => simulated),
        [
          drawn.map(({ quality }) => quality.auc),
          drawn.map(({ quality }) => quality.precision),
          drawn.map(({ quality }) => quality.recall),
        ],
      );
    },
  };
};
