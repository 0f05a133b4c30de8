import type { PageDecision } from '../../protocol/page-state.ts';
import { el, setAttribute, setProperty, setText } from '../parts/dom.ts';
import { clock, score } from '../parts/format.ts';
import type { ListRow } from '../parts/keyed-list.ts';

/** Bars of a row; what adds less is in the details alone. */
const fewBars = 6;

export type Judgement = 'right' | 'wrong' | 'open';

export const judgementOf = ({ acted, outcome }: PageDecision): Judgement =>
  outcome === null ? 'open' : acted === outcome ? 'right' : 'wrong';

const judgementText = (decision: PageDecision): string => {
  switch (judgementOf(decision)) {
    case 'open':
      return 'not known yet';
    case 'right':
      return decision.acted ? '✓ right: it came' : '✓ right: it did not';
    case 'wrong':
      return decision.acted ? '✕ false alarm' : '✕ missed';
  }
};

type Contribution = PageDecision['contributions'][number];

const signed = (logOdds: number): string => {
  const size = Math.abs(logOdds).toFixed(2);
  return size === '0.00' ? size : `${logOdds < 0 ? '−' : '+'}${size}`;
};

const fillBar = (bar: HTMLElement, logOdds: number, most: number): void => {
  setProperty(bar, '--share', (Math.abs(logOdds) / most).toFixed(3));
  setAttribute(bar, 'class', logOdds < 0 ? 'bar lowers' : 'bar raises');
};

const strongest = (contributions: readonly Contribution[]): number =>
  Math.max(0.01, ...contributions.map(({ logOdds }) => Math.abs(logOdds)));

const detailsOf = (decision: PageDecision, traceHash: (id: string) => string): readonly HTMLElement[] => {
  const most = strongest(decision.contributions);
  return [
    el('ul', { class: 'why' }, ...decision.why.map((reason) => el('li', {}, reason))),
    el(
      'ul',
      { class: 'contributions' },
      ...decision.contributions.map(({ feature, logOdds }) => {
        const bar = el('span', { 'aria-hidden': 'true' });
        fillBar(bar, logOdds, most);
        return el(
          'li',
          {},
          el('span', {}, feature),
          el('span', { class: 'axis' }, bar),
          el('b', {}, signed(logOdds)),
        );
      }),
    ),
    el(
      'p',
      {},
      el('a', { href: traceHash(decision.correlation) }, 'Trace its way'),
      el('span', { class: 'quiet' }, ` ${decision.correlation}`),
    ),
  ];
};

/** A decision on one line; opened, it says why. */
export const decisionRow = (
  traceHash: (id: string) => string,
  isOpened: (id: string) => boolean,
  onToggle: (id: string, isOpen: boolean) => void,
): ListRow<PageDecision> => {
  const at = el('span', { class: 'at quiet' });
  const title = el('span', { class: 'title' });
  const why = el('span', { class: 'first-why quiet' });
  const bars = Array.from({ length: fewBars }, () => el('span', { class: 'bar' }));
  const value = el('span', { class: 'score' });
  const acted = el('span', { class: 'acted' });
  const judged = el('span', { class: 'judged' });
  const details = el('div', { class: 'decision-details' });
  const node = el(
    'details',
    { class: 'decision' },
    el(
      'summary',
      {},
      at,
      el('span', { class: 'who' }, title, why),
      el('span', { class: 'mini', 'aria-hidden': 'true' }, ...bars),
      value,
      acted,
      judged,
    ),
    details,
  );
  let shown: PageDecision | undefined;
  let filled = '';

  const fill = (): void => {
    if (!node.open || shown === undefined || filled === shown.id) return;
    filled = shown.id;
    details.replaceChildren(...detailsOf(shown, traceHash));
  };
  node.addEventListener('toggle', () => {
    if (shown === undefined) return;
    fill();
    if (isOpened(shown.id) !== node.open) onToggle(shown.id, node.open);
  });

  const show = (decision: PageDecision): void => {
    if (shown === decision) return;
    const isAnother = shown?.id !== decision.id;
    shown = decision;
    if (isAnother) {
      node.open = isOpened(decision.id);
      setText(at, clock(decision.at));
      setText(title, decision.title);
      setText(why, decision.why[0] ?? 'nothing stands out');
      const most = strongest(decision.contributions);
      for (const [index, bar] of bars.entries()) {
        const contribution = decision.contributions[index];
        if (contribution === undefined) setAttribute(bar, 'class', 'bar none');
        else fillBar(bar, contribution.logOdds, most);
      }
      setText(value, score(decision.score));
      setProperty(value, '--share', String(decision.score ?? 0));
      setText(acted, decision.acted ? 'acted' : 'not acted');
      setAttribute(acted, 'class', decision.acted ? 'acted yes' : 'acted');
      fill();
    }
    setText(judged, judgementText(decision));
    setAttribute(judged, 'class', `judged ${judgementOf(decision)}`);
  };
  return { node, show };
};
