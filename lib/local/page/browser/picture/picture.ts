import type { PageState } from '../../protocol/page-state.ts';
import { el, setAttribute, setText, svg } from '../parts/dom.ts';
import { count, counted, duration, rate } from '../parts/format.ts';
import { layoutKey, layoutOf, type Layout } from './layout.ts';
import { pipeOf } from './pipe.ts';
import { rect, stageCard, type Drawn } from './stage-card.ts';
import { withoutBeginning } from './text-lines.ts';

const contextLine = ({ contexts }: Layout): readonly Drawn[] =>
  contexts.map(({ name, path, label }) => {
    const text = svg('text', { ...label, class: 'figure' });
    const node = svg('g', {}, svg('path', { d: path, class: 'arrow', 'marker-end': 'url(#tip)' }), text);
    const show = ({ contexts: all }: PageState): void => {
      const context = all.find((each) => each.name === name);
      if (context === undefined) return;
      const isStale = context.oldestAgeMs !== null && context.oldestAgeMs > context.maxAgeMs;
      setText(
        text,
        context.oldestAgeMs === null
          ? `${name}: nothing known yet`
          : `${name} ${isStale ? '✕ stale' : 'fresh'}: oldest ${duration(context.oldestAgeMs)} of ${duration(context.maxAgeMs)}`,
      );
      setAttribute(text, 'class', isStale ? 'figure bad' : 'figure');
    };
    return { node, show };
  });

const receiverCard = ({ receiver: box, toReceiver, requests }: Layout): Drawn => {
  const frame = rect(box, 'card outside');
  const state = svg('text', { x: box.x + 12, y: box.y + 44, class: 'figure' });
  const keys = svg('text', { x: box.x + 12, y: box.y + 62, class: 'figure' });
  const twice = svg('text', { x: box.x + 12, y: box.y + 80, class: 'figure' });
  const onTheWay = svg('text', { ...requests, class: 'figure' });
  const howFast = svg('text', { x: requests.x, y: requests.y + 17, class: 'figure' });
  if (box.h < 80) {
    keys.setAttribute('x', String(box.x + 110));
    keys.setAttribute('y', String(box.y + 22));
    twice.setAttribute('x', String(box.x + 110));
    twice.setAttribute('y', String(box.y + 44));
  }
  const node = svg(
    'g',
    { class: 'receiver' },
    svg('path', { d: toReceiver, class: 'arrow', 'marker-end': 'url(#tip)' }),
    frame,
    svg('text', { x: box.x + 12, y: box.y + 22, class: 'name' }, 'receiver'),
    state,
    keys,
    twice,
    onTheWay,
    howFast,
  );
  const show = ({ controls, books: { receiver }, requestsPerSecond }: PageState): void => {
    const isDropped = controls.receiver === 'dropped';
    setText(state, isDropped ? '✕ dropped' : '✓ answers');
    setText(keys, counted(receiver.distinctKeys, 'effect'));
    setText(twice, `${count(receiver.duplicateEffects)} twice`);
    setText(onTheWay, counted(receiver.requests, 'request'));
    setText(howFast, rate(requestsPerSecond));
    setAttribute(node, 'class', isDropped || receiver.duplicateEffects > 0 ? 'receiver broken' : 'receiver');
  };
  return { node, show };
};

const outcomeChip = ({ outcome, isWide }: Layout): readonly Drawn[] => {
  if (outcome === null) return [];
  const { box, path, topic } = outcome;
  const text = svg('text', { x: box.x + 10, y: box.y + 21, class: 'figure' });
  const node = svg(
    'g',
    {},
    ...(path === '' ? [] : [svg('path', { d: path, class: 'arrow faint', 'marker-end': 'url(#tip)' })]),
    rect(box, 'chip', 6),
    text,
    svg('title', {}, topic),
  );
  const show = ({ topics }: PageState): void => {
    const found = topics.find(({ name }) => name === topic);
    const figures = `${count(found?.records ?? 0)} · ${rate(found?.perSecond ?? 0)}`;
    setText(text, isWide ? `outcomes ${figures}` : `${withoutBeginning(topic, 30)}  ${figures}`);
  };
  return [{ node, show }];
};

const tip = (): SVGElement =>
  svg(
    'defs',
    {},
    svg(
      'marker',
      { id: 'tip', viewBox: '0 0 6 6', refX: 1, refY: 3, markerWidth: 6, markerHeight: 6, orient: 'auto' },
      svg('path', { d: 'M0 0L6 3L0 6z', class: 'tip' }),
    ),
  );

export interface Picture {
  readonly node: HTMLElement;
  readonly show: (state: PageState) => void;
  readonly close: () => void;
}

/** The pipeline drawn to the width that there is; laid out anew only when that or the pipeline's parts change. */
export const picture = (): Picture => {
  const root = svg('svg', {
    class: 'picture',
    role: 'img',
    'aria-label': 'The pipeline; the table below says the same.',
  });
  const node = el('div', { class: 'picture-room' }, root);
  let width = 0;
  let key = '';
  let drawn: readonly Drawn[] = [];
  let last: PageState | undefined;

  const show = (state: PageState): void => {
    last = state;
    if (width < 200) return;
    const wanted = layoutKey(state, width);
    if (wanted !== key) {
      key = wanted;
      const layout = layoutOf(state, width);
      drawn = [
        ...layout.pipes.map(pipeOf),
        ...contextLine(layout),
        ...layout.stages.map(stageCard),
        receiverCard(layout),
        ...outcomeChip(layout),
      ];
      root.setAttribute('viewBox', `0 0 ${layout.width} ${layout.height}`);
      root.setAttribute('width', String(layout.width));
      root.setAttribute('height', String(layout.height));
      root.replaceChildren(tip(), ...drawn.map((each) => each.node));
    }
    for (const each of drawn) each.show(state);
  };

  const observer = new ResizeObserver(([entry]) => {
    width = Math.floor(entry?.contentRect.width ?? 0);
    if (last !== undefined) show(last);
  });
  observer.observe(node);
  return { node, show, close: () => observer.disconnect() };
};
