import type { PageDecision, PageQuality } from '../../protocol/page-state.ts';
import { button, el, setText } from '../parts/dom.ts';
import { count, counted, nothing, percent } from '../parts/format.ts';
import { keyedList } from '../parts/keyed-list.ts';
import { choice, empty, figure, heading } from '../parts/pieces.ts';
import { calibration } from './calibration.ts';
import { decisionRow, judgementOf } from './decision-row.ts';
import { qualityPlot } from './quality-plot.ts';
import type { View, ViewContext } from './view.ts';

/** So many are drawn; the page remembers more. */
const mostShown = 80;

type Which = 'all' | 'acted' | 'wrong';

const isShown = (which: Which) => (decision: PageDecision) => {
  switch (which) {
    case 'all':
      return true;
    case 'acted':
      return decision.acted;
    case 'wrong':
      return judgementOf(decision) === 'wrong';
  }
};

const share = (value: number | null): string => (value === null ? nothing : value.toFixed(3));

/** Decisions as they come, why they were made, whether they were right; and how good they are together. */
export const decisions = ({ live, hash }: ViewContext): View => {
  const auc = figure('AUC');
  const precision = figure('Precision');
  const recall = figure('Recall');
  const judged = figure('Judged');
  const plane = calibration();
  const overTime = qualityPlot();
  const list = el('div', { class: 'decisions' });
  const nones: Readonly<Record<Which, HTMLElement>> = {
    all: empty('No decision yet.', 'They appear here as inference makes them.'),
    acted: empty('None of the listed decisions was acted on.', 'Choose “All” to see why not.'),
    wrong: empty('None of the listed decisions was wrong.', 'They are judged once their outcome is known.'),
  };
  const waiting = el('span', { class: 'quiet' });
  const opened = new Set<string>();
  let which: Which = 'all';
  /** What is looked at while newer ones come; `null`: the newest are followed. */
  let held: readonly PageDecision[] | null = null;
  let heldAt = 0;

  const hold = button('Hold the list', () => setHeld(held === null), { 'aria-pressed': 'false' });
  const setHeld = (isHeld: boolean): void => {
    held = isHeld ? [...live.decisions] : null;
    heldAt = live.state?.quality.decisions ?? 0;
    if (!isHeld) opened.clear();
    hold.setAttribute('aria-pressed', String(isHeld));
    redraw();
  };
  const rows = keyedList<PageDecision>(
    list,
    ({ id }) => id,
    () =>
      decisionRow(
        (id) => hash('trace', id),
        (id) => opened.has(id),
        (id, isOpen) => {
          if (isOpen) opened.add(id);
          else opened.delete(id);
          // Who reads one does not want it to run away.
          if (isOpen && held === null) setHeld(true);
        },
      ),
  );

  /** Held ones stay, and yet learn their outcome. */
  const current = (): readonly PageDecision[] => {
    if (held === null) return live.decisions;
    const known = new Map(live.decisions.map((decision) => [decision.id, decision]));
    return held.map((decision) => known.get(decision.id) ?? decision);
  };

  const redraw = (): void => {
    const all = current().filter(isShown(which)).slice(0, mostShown);
    rows.show(all);
    const of = current().length === 0 ? 'all' : which;
    for (const [kind, none] of Object.entries(nones)) none.hidden = all.length > 0 || kind !== of;
    const newer = Math.max(0, (live.state?.quality.decisions ?? 0) - heldAt);
    setText(
      waiting,
      held === null
        ? live.skipped === 0
          ? ''
          : `${counted(live.skipped, 'older one')} came too fast to be listed; all of them count on the right.`
        : `held; ${count(newer)} newer`,
    );
  };

  const node = el(
    'div',
    { class: 'view' },
    heading('Decisions'),
    el(
      'div',
      { class: 'two wide-left' },
      el(
        'section',
        { class: 'panel', 'aria-label': 'Decisions as they come' },
        el(
          'div',
          { class: 'panel-head' },
          choice<Which>(
            'Which decisions',
            [
              ['all', 'All'],
              ['acted', 'Acted on'],
              ['wrong', 'Wrong'],
            ],
            which,
            (chosen) => {
              which = chosen;
              redraw();
            },
          ),
          hold,
          waiting,
        ),
        ...Object.values(nones),
        list,
      ),
      el(
        'section',
        { class: 'panel quality' },
        el('h2', {}, 'How good they are'),
        el('dl', { class: 'figures small' }, auc.node, precision.node, recall.node, judged.node),
        el('h3', {}, 'Calibration'),
        plane.node,
        overTime.node,
      ),
    ),
  );

  const showQuality = (quality: PageQuality): void => {
    auc.show(share(quality.auc), 'how well scores rank');
    precision.show(
      quality.precision === null ? nothing : percent(quality.precision),
      'of those acted on, came true',
    );
    recall.show(quality.recall === null ? nothing : percent(quality.recall), 'of what came, was acted on');
    judged.show(count(quality.judged), `of ${counted(quality.decisions, 'decision')}`);
    plane.show(quality.calibration);
  };

  let seen = -1;
  let seenState = -1;
  let seenPoints = -1;
  const show = (): void => {
    if (live.state !== undefined && seenState !== live.changes.state) {
      seenState = live.changes.state;
      showQuality(live.state.quality);
      if (held !== null) redraw();
    }
    if (seen !== live.changes.decisions) {
      seen = live.changes.decisions;
      redraw();
    }
    if (seenPoints !== live.changes.points) {
      seenPoints = live.changes.points;
      overTime.show(live.points);
    }
  };
  return { node, show, close: overTime.close };
};
