import type { PagePoint, PageStage, PageState } from '../../protocol/page-state.ts';
import { segments, segmentTime } from '../../protocol/segments.ts';
import { el, setAttribute, setText } from '../parts/dom.ts';
import { count, duration, durationOr, rate } from '../parts/format.ts';
import { keyedList, type ListRow } from '../parts/keyed-list.ts';
import { choice, figure, heading, scrolling, table } from '../parts/pieces.ts';
import { plot, type Line, type Plot } from '../parts/plot.ts';
import { promiseFigures } from './promise.ts';
import type { View, ViewContext } from './view.ts';

type OfStage = PagePoint['stages'][string];

const segmentRow = (state: () => PageState | undefined) => (): ListRow<PageStage> => {
  const name = el('th', { scope: 'row' });
  const whole = el('td', { class: 'number' });
  const parts = segments.map(() => el('td', { class: 'number' }));
  const target = el('td');
  const node = el('tr', {}, name, whole, ...parts, target);
  const both = (times: { readonly p50: number; readonly p99: number } | null | undefined): string =>
    times === null || times === undefined ? '–' : `${duration(times.p50)} · ${duration(times.p99)}`;
  const show = ({ name: stage, freshnessMs, segmentsMs, brokenBy }: PageStage): void => {
    setText(name, stage);
    setText(whole, both(freshnessMs));
    const broken = new Set(state()?.stages.map((each) => each.brokenBy));
    for (const [index, segment] of segments.entries()) {
      const cell = parts[index];
      if (cell === undefined) continue;
      const isBroken = broken.has(`${stage}.${segment}`);
      setText(cell, `${isBroken ? '✕ ' : ''}${both(segmentsMs[segment])}`);
      setAttribute(cell, 'class', isBroken ? 'number bad' : 'number');
    }
    setText(target, brokenBy === null ? (freshnessMs === null ? '–' : 'kept') : `✕ broken by ${brokenBy}`);
    setAttribute(target, 'class', brokenBy === null ? null : 'bad');
  };
  return { node, show };
};

/** Freshness by stage and by segment over time, with the target; throughput and lag. */
export const freshness = ({ live }: ViewContext): View => {
  const promise = promiseFigures();
  const worst = figure('Slowest stage');
  const now = table(
    'By segment, lately: p50 · p99',
    ['stage', 'whole', ...segments, 'target'],
    [1, 2, 3, 4, 5, 6],
  );
  const nowRows = keyedList<PageStage>(
    now.body,
    ({ name }) => name,
    segmentRow(() => live.state),
  );
  const plots = el('div', { class: 'plots' });
  const stageChoice = el('div', { class: 'choice-room' });

  let percentile: 'p50' | 'p99' = 'p99';
  let segmentsOf = '';
  let stageNames = '';
  let drawn: readonly (readonly [Plot, (of: OfStage) => number | null])[] = [];
  let segmentPlot: Plot | undefined;
  let seen = -1;
  let seenState = -1;

  const build = (stages: readonly PageStage[]): void => {
    for (const [each] of drawn) each.close();
    segmentPlot?.close();
    const lines: readonly Line[] = stages.map(({ name }, index) => ({ name, colour: index + 1 }));
    const ms = live.state?.target.ms ?? 0;
    const fresh = plot(
      {
        title: 'Freshness by stage',
        format: duration,
        isLogarithmic: true,
        target: { name: 'target', value: ms },
      },
      lines,
    );
    const throughput = plot({ title: 'Throughput, records settled per second', format: rate }, lines);
    const lag = plot(
      { title: 'Lag, records not committed', format: (value) => count(Math.round(value)) },
      lines,
    );
    drawn = [
      [fresh, (of) => of[percentile]],
      [throughput, (of) => of.perSecond],
      [lag, (of) => of.lag],
    ];
    segmentPlot = plot(
      { title: 'By segment, from publication to settlement', format: duration, isLogarithmic: true },
      segments.map((name, index) => ({ name, colour: index + 1 })),
    );
    plots.replaceChildren(fresh.node, segmentPlot.node, throughput.node, lag.node);
    segmentsOf = stages.findLast(({ name }) => !name.startsWith('context-'))?.name ?? '';
    stageChoice.replaceChildren(
      choice(
        'Segments of the stage',
        stages.map(({ name }) => [name, name] as const),
        segmentsOf,
        (name) => {
          segmentsOf = name;
          redraw();
        },
      ),
    );
  };

  const redraw = (): void => {
    const stages = live.state?.stages ?? [];
    const times = live.points.map(({ at }) => at);
    const series = (name: string, value: (of: OfStage) => number | null | undefined): (number | null)[] =>
      live.points.map(({ stages: all }) => {
        const of = all[name];
        return of === undefined ? null : (value(of) ?? null);
      });
    for (const [each, value] of drawn)
      each.show(
        times,
        stages.map(({ name }) => series(name, value)),
      );
    segmentPlot?.show(
      times,
      segments.map((_, nth) =>
        series(segmentsOf, ({ segmentsMs }) => segmentTime(segmentsMs, nth, percentile)),
      ),
    );
  };

  const node = el(
    'div',
    { class: 'view' },
    heading('Freshness'),
    el('dl', { class: 'figures' }, ...promise.nodes, worst.node),
    el(
      'section',
      { class: 'panel' },
      el(
        'div',
        { class: 'panel-head' },
        el('h2', {}, 'Over time'),
        choice(
          'Percentile',
          [
            ['p50', 'p50'],
            ['p99', 'p99'],
          ] as const,
          percentile,
          (chosen) => {
            percentile = chosen;
            redraw();
          },
        ),
        stageChoice,
      ),
      plots,
    ),
    el(
      'section',
      { class: 'panel' },
      el('h2', {}, 'By segment, lately: p50 · p99'),
      scrolling('By segment', now.node),
    ),
  );

  const show = (): void => {
    const { state } = live;
    if (state === undefined) return;
    const names = state.stages.map(({ name }) => name).join(' ');
    if (names !== stageNames) {
      stageNames = names;
      seen = -1;
      build(state.stages);
    }
    if (seen !== live.changes.points) {
      seen = live.changes.points;
      redraw();
    }
    if (seenState === live.changes.state) return;
    seenState = live.changes.state;
    promise.show(state);
    const slowest = state.stages
      .filter(({ freshnessMs }) => freshnessMs !== null)
      .toSorted((a, b) => (b.freshnessMs?.p99 ?? 0) - (a.freshnessMs?.p99 ?? 0))
      .at(0);
    worst.show(
      slowest?.name ?? '–',
      slowest === undefined ? 'nothing was settled lately' : `p99 ${durationOr(slowest.freshnessMs?.p99)}`,
    );
    nowRows.show(state.stages);
  };
  const close = (): void => {
    for (const [each] of drawn) each.close();
    segmentPlot?.close();
  };
  return { node, show, close };
};
