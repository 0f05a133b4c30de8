import { toIso } from '../../core/units.ts';
import type { Progress } from '../../local/local-run.ts';
import { aligned, duration, figure, quantile } from './figures.ts';

/** The simulated clock, to the minute. */
const simulatedClock = ({ simulated }: Progress): string => toIso(simulated).slice(0, 16).replace('T', ' ');

const pausedNote = (resume: string): string => `action is paused: ${resume}`;

/** What a run is called, and the command that lets its action act again. */
export interface ProgressOf {
  readonly pipeline: string;
  readonly resume: string;
}

/** What a terminal shows while it runs. */
export const progressBlock = ({ pipeline, resume }: ProgressOf, progress: Progress): readonly string[] => [
  '',
  [
    pipeline,
    `${simulatedClock(progress)} UTC`,
    `${figure(progress.played)} of ${figure(progress.toPlay)} events in`,
    `${figure(progress.effects)} effects`,
  ].join('  ·  '),
  // A line of its own: it is cut at the screen's width, and nobody can copy half a command.
  ...(progress.isPaused ? [pausedNote(resume)] : []),
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
export const progressLine = ({ resume }: Pick<ProgressOf, 'resume'>, progress: Progress): string =>
  [
    `${simulatedClock(progress)} UTC`,
    `${figure(progress.played)}/${figure(progress.toPlay)} events`,
    ...progress.stages.map(
      ({ name, freshnessMs, firstUncommittedMs, lag, deadLetters }) =>
        `${name} p50 ${quantile(freshnessMs, 'p50')} p99 ${quantile(freshnessMs, 'p99')} oldest ${duration(firstUncommittedMs)} lag ${figure(lag)} dead ${figure(deadLetters)}`,
    ),
    `effects ${figure(progress.effects)}`,
    ...(progress.isPaused ? [pausedNote(resume)] : []),
  ].join(' | ');

/** What a terminal shows of several pipelines: a line for each. */
export const allBlock = (all: ReadonlyMap<string, Progress>): readonly string[] => [
  '',
  ...aligned([
    ['pipeline', 'clock, UTC', 'events in', 'effects', 'freshness p99', 'lag', 'dead letters', ''],
    ...[...all]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, progress]) => [
        name,
        simulatedClock(progress),
        `${figure(progress.played)} of ${figure(progress.toPlay)}`,
        figure(progress.effects),
        quantile(progress.stages.at(-1)?.freshnessMs ?? null, 'p99'),
        figure(progress.stages.reduce((sum, { lag }) => sum + lag, 0)),
        figure(progress.stages.reduce((sum, { deadLetters }) => sum + deadLetters, 0)),
        progress.isPaused ? 'paused' : '',
      ]),
  ]),
];
