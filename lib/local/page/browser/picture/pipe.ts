import type { PageStage, PageState } from '../../protocol/page-state.ts';
import { setAttribute, setProperty, setText, svg } from '../parts/dom.ts';
import { count, durationOr, rate } from '../parts/format.ts';
import type { PipePlace } from './layout.ts';
import { heldUpBy } from './slowest-segment.ts';
import { rect, type Drawn } from './stage-card.ts';
import { twoLines, withoutBeginning } from './text-lines.ts';

/** A pipe that is full holds so many records that wait. */
const fullAt = 20_000;

/** How full a pipe is drawn: a tenth is seen at once, and ten times as much still fits. */
const fullness = (lag: number): number => Math.min(1, Math.log1p(lag) / Math.log1p(fullAt));

interface PipeFigure {
  readonly label: string;
  readonly value: string;
  readonly isBroken: boolean;
}

const within = (label: string, ms: number | undefined, targetMs: number): PipeFigure => {
  const isBroken = (ms ?? 0) > targetMs;
  return { label, value: `${durationOr(ms)}${isBroken ? ' ✕' : ''}`, isBroken };
};

const figuresOf = (stage: PageStage, perSecond: number, targetMs: number): readonly PipeFigure[] => {
  const oldest = within('oldest', stage.firstUncommittedMs, targetMs);
  return [
    { label: 'in', value: rate(perSecond), isBroken: false },
    { label: 'lag', value: count(stage.lag), isBroken: false },
    oldest,
    within('fresh p99', stage.freshnessMs?.p99, targetMs),
    // In a line of its own: beside the age there is no room for it.
    oldest.isBroken
      ? { label: 'held up by', value: heldUpBy(stage), isBroken: true }
      : { label: '', value: '', isBroken: false },
  ];
};

/** A topic on its way into a stage: what is appended, what waits, since when, and how old it is when it is settled. */
export const pipeOf = (place: PipePlace): Drawn => {
  const { pipe, name, figures, columns, columnWidth } = place;
  const isUpright = pipe.h > pipe.w;
  const middle = isUpright
    ? `M${pipe.x + pipe.w / 2} ${pipe.y + 3}V${pipe.y + pipe.h - 3}`
    : `M${pipe.x + 3} ${pipe.y + pipe.h / 2}H${pipe.x + pipe.w - 3}`;
  const waiting = rect(pipe, 'waiting', 0);
  const flow = svg('path', { d: middle, class: 'flow' });
  const most = Math.floor((isUpright ? columnWidth * 2 : columnWidth) / 6.7);
  const [first, second] = isUpright ? ['', withoutBeginning(place.topic, most)] : twoLines(place.topic, most);
  const rows = [0, 1, 2, 3, 4].map((index) => {
    const x = figures.x + (columns === 2 ? (index % 2) * columnWidth : 0);
    const y = figures.y + (columns === 2 ? Math.floor(index / 2) : index) * 17;
    const label = svg('tspan', { class: 'quiet' });
    const value = svg('tspan', { dx: 5 });
    return { label, value, node: svg('text', { x, y, class: 'figure' }, label, value) };
  });
  const node = svg(
    'g',
    { class: 'pipe' },
    rect(pipe, 'tube', 0),
    waiting,
    flow,
    svg('text', { x: name.x, y: name.y, class: 'topic' }, first),
    svg(
      'text',
      { x: name.x, y: name.y + (isUpright ? 0 : 15), class: 'topic' },
      second,
      svg('title', {}, place.topic),
    ),
    ...rows.map((row) => row.node),
  );
  const show = ({ stages, topics, target }: PageState): void => {
    const stage = stages.find((each) => each.name === place.stage);
    if (stage === undefined) return;
    const perSecond = topics.find((each) => each.name === place.topic)?.perSecond ?? 0;
    for (const [index, { label, value, isBroken }] of figuresOf(stage, perSecond, target.ms).entries()) {
      const row = rows[index];
      if (row === undefined) continue;
      setText(row.label, label);
      setText(row.value, value);
      setAttribute(row.node, 'class', isBroken ? 'figure bad' : 'figure');
    }
    const full = fullness(stage.lag);
    if (isUpright) {
      setAttribute(waiting, 'height', (pipe.h * full).toFixed(1));
      setAttribute(waiting, 'y', (pipe.y + pipe.h * (1 - full)).toFixed(1));
    } else {
      setAttribute(waiting, 'width', (pipe.w * full).toFixed(1));
      setAttribute(waiting, 'x', (pipe.x + pipe.w * (1 - full)).toFixed(1));
    }
    setAttribute(flow, 'class', stage.perSecond > 0 ? 'flow moving' : 'flow');
    // Three speeds, so that the animation does not begin anew with every figure.
    setProperty(flow, '--turn', stage.perSecond > 500 ? '0.8s' : stage.perSecond > 20 ? '1.6s' : '3.2s');
  };
  return { node, show };
};
