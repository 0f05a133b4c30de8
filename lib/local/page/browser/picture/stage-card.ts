import type { PageStage, PageState } from '../../protocol/page-state.ts';
import { segments } from '../../protocol/segments.ts';
import { setAttribute, setProperty, setText, svg } from '../parts/dom.ts';
import { counted, count, duration, rate } from '../parts/format.ts';
import type { Rect, StagePlace } from './layout.ts';
import { slowestSegment } from './slowest-segment.ts';

export interface Drawn {
  readonly node: SVGElement;
  readonly show: (state: PageState) => void;
}

export const rect = ({ x, y, w, h }: Rect, kind: string, radius = 8): SVGRectElement =>
  svg('rect', { x, y, width: w, height: h, rx: radius, class: kind });

const text = (x: number, y: number, kind: string): SVGTextElement => svg('text', { x, y, class: kind });

const workersText = ({ workers: { alive, ended } }: PageStage): string =>
  `${alive === 0 ? 'no worker' : counted(alive, 'worker')}${ended === 0 ? '' : ` · ${count(ended)} ended`}`;

const verdictOf = (stage: PageStage, isPaused: boolean): string => {
  if (stage.brokenBy !== null) return `✕ ${stage.brokenBy}`;
  if (stage.trouble !== null) return '⚠ trouble, see below';
  if (isPaused) return '❚❚ paused';
  const slowest = slowestSegment(stage);
  return slowest === undefined ? '' : `mostly ${slowest}`;
};

/** A stage: how fresh what it settles is, where the time goes, who works, what is wrong. */
export const stageCard = ({ stage: name, box, letters, toLetters }: StagePlace): Drawn => {
  const left = box.x + 12;
  const frame = rect(box, 'card');
  const p50 = text(left, box.y + 42, 'figure');
  const p99 = text(left, box.y + 58, 'figure');
  const bars = segments.map((segment) =>
    svg('rect', { x: left, y: box.y + 67, width: 0, height: 7, class: `segment ${segment}` }),
  );
  const verdict = text(left, box.y + 90, 'figure verdict');
  const workers = text(left, box.y + (box.h > 110 ? 108 : 90), 'figure quiet');
  if (box.h <= 110) {
    p99.setAttribute('x', String(left + 110));
    p99.setAttribute('y', String(box.y + 42));
    for (const bar of bars) bar.setAttribute('y', String(box.y + 54));
    verdict.setAttribute('y', String(box.y + 78));
    workers.setAttribute('y', String(box.y + 94));
  }
  const chip = rect(letters, 'chip', 6);
  const lettersX = letters.x + 10;
  const lettersText = text(lettersX, letters.y + letters.h / 2 + 4, 'figure');
  const lettersRate = text(lettersX, letters.y + letters.h - 6, 'figure');
  const node = svg(
    'g',
    { class: 'stage' },
    frame,
    svg('text', { x: left, y: box.y + 22, class: 'name' }, name),
    p50,
    p99,
    ...bars,
    verdict,
    workers,
    ...(toLetters === ''
      ? []
      : [svg('path', { d: toLetters, class: 'arrow faint', 'marker-end': 'url(#tip)' })]),
    chip,
    lettersText,
    lettersRate,
  );
  const room = Math.min(box.w - 24, 320);
  const show = ({ stages, topics, controls }: PageState): void => {
    const stage = stages.find((each) => each.name === name);
    if (stage === undefined) return;
    const fresh = stage.freshnessMs;
    setText(p50, fresh === null ? 'nothing settled lately' : `p50 ${duration(fresh.p50)}`);
    setText(p99, fresh === null ? '' : `p99 ${duration(fresh.p99)}`);
    const times = segments.map((segment) => stage.segmentsMs[segment]?.p50 ?? 0);
    const all = times.reduce((sum, time) => sum + time, 0);
    let x = left;
    for (const [index, bar] of bars.entries()) {
      const width = all === 0 ? 0 : (room * (times[index] ?? 0)) / all;
      setAttribute(bar, 'x', x.toFixed(1));
      setAttribute(bar, 'width', width.toFixed(1));
      x += width;
    }
    setText(verdict, verdictOf(stage, name === 'action' && controls.isActionPaused));
    setText(workers, workersText(stage));
    const hasLetters = stage.deadLetters > 0;
    const topic = topics.find((each) => each.name === stage.deadLetterTopic);
    setText(lettersText, hasLetters ? counted(stage.deadLetters, 'dead letter') : 'no dead letters');
    setText(lettersRate, hasLetters && topic !== undefined ? rate(topic.perSecond) : '');
    setAttribute(lettersText, 'y', letters.y + (hasLetters ? 14 : letters.h / 2 + 4));
    setAttribute(chip, 'class', hasLetters ? 'chip filled' : 'chip');
    setAttribute(
      node,
      'class',
      `stage ${stage.brokenBy === null ? (stage.trouble === null ? '' : 'troubled') : 'broken'}`,
    );
    setProperty(node, '--alive', String(Math.min(1, stage.workers.alive)));
  };
  return { node, show };
};
