import { toIso } from '../../core/units.ts';
import type { Progress } from '../../local/local-run.ts';
import { aligned, duration, figure, quantile } from './figures.ts';

/** The simulated clock, to the minute. */
const simulatedClock = ({ simulated }: Progress): string => toIso(simulated).slice(0, 16).replace('T', ' ');

const pausedNote = 'action is paused: npx freshet resume action';

/** What a terminal shows while it runs. */
export const progressBlock = (pipeline: string, progress: Progress): readonly string[] => [
  '',
  [
    pipeline,
    `${simulatedClock(progress)} UTC`,
    `${figure(progress.played)} of ${figure(progress.toPlay)} events in`,
    `${figure(progress.effects)} effects`,
    ...(progress.isPaused ? [pausedNote] : []),
  ].join('  ·  '),
  ...aligned([
    ['  stage', 'freshness p50', 'p99', 'oldest uncommitted', 'lag', 'dead letters'],
    ...progress.stages.map((stage) => [
      `  ${stage.name}`,
      quantile(stage.freshnessMs, 'p50'),
      quantile(stage.freshnessMs, 'p99'),
      duration(stage.firstUncommittedMs),
      figure(stage.lag),
      figure(stage.deadLetters),
    ]),
  ]),
];

/** The same in one plain line. */
export const progressLine = (progress: Progress): string =>
  [
    `${simulatedClock(progress)} UTC`,
    `${figure(progress.played)}/${figure(progress.toPlay)} events`,
    ...progress.stages.map(
      ({ name, freshnessMs, firstUncommittedMs, lag, deadLetters }) =>
        `${name} p50 ${quantile(freshnessMs, 'p50')} p99 ${quantile(freshnessMs, 'p99')} oldest ${duration(firstUncommittedMs)} lag ${figure(lag)} dead ${figure(deadLetters)}`,
    ),
    `effects ${figure(progress.effects)}`,
    ...(progress.isPaused ? [pausedNote] : []),
  ].join(' | ');
