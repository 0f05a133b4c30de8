import type { PageQuality } from '../../protocol/page-state.ts';
import { el, setAttribute, svg } from '../parts/dom.ts';
import { count, percent } from '../parts/format.ts';

const size = 220;
const pad = 30;
const across = (share: number): number => pad + share * (size - pad - 8);
const up = (share: number): number => size - pad - share * (size - pad - 8);

const label = (x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end'): SVGElement =>
  svg('text', { x, y, class: 'figure quiet', 'text-anchor': anchor }, text);

/** Mean score of a bin against the share of it that came true: on the diagonal a score is what it says. */
export const calibration = (): {
  readonly node: HTMLElement;
  readonly show: (bins: PageQuality['calibration']) => void;
} => {
  const dots = svg('g', { class: 'dots' });
  const line = svg('path', { class: 'calibration-line' });
  const words = el('figcaption', { class: 'quiet' });
  const plane = svg(
    'svg',
    { viewBox: `0 0 ${size} ${size}`, width: size, height: size, role: 'img', 'aria-label': 'Calibration' },
    svg('rect', { x: pad, y: 8, width: size - pad - 8, height: size - pad - 8, class: 'plane' }),
    svg('path', { d: `M${across(0)} ${up(0)}L${across(1)} ${up(1)}`, class: 'diagonal' }),
    ...[0, 0.5, 1].flatMap((share) => [
      label(across(share), size - 12, String(share), 'middle'),
      label(pad - 6, up(share) + 4, String(share), 'end'),
    ]),
    line,
    dots,
  );
  const node = el('figure', { class: 'calibration' }, plane, words);
  const show = (bins: PageQuality['calibration']): void => {
    const most = Math.max(1, ...bins.map(({ count: many }) => many));
    setAttribute(
      line,
      'd',
      bins
        .map(
          ({ score, positive }, index) =>
            `${index === 0 ? 'M' : 'L'}${across(score).toFixed(1)} ${up(positive).toFixed(1)}`,
        )
        .join(''),
    );
    while (dots.childElementCount > bins.length) dots.lastElementChild?.remove();
    while (dots.childElementCount < bins.length) dots.append(svg('circle'));
    for (const [index, bin] of bins.entries()) {
      const dot = dots.children[index];
      if (dot === undefined) continue;
      setAttribute(dot, 'cx', across(bin.score).toFixed(1));
      setAttribute(dot, 'cy', up(bin.positive).toFixed(1));
      setAttribute(dot, 'r', (2 + 5 * Math.sqrt(bin.count / most)).toFixed(1));
    }
    const text =
      bins.length === 0
        ? 'No outcome is known yet.'
        : 'Across: the mean score of a bin. Up: the share of it that came true. The larger a dot, the more decisions.';
    if (words.textContent !== text) words.textContent = text;
    setAttribute(
      plane,
      'aria-label',
      `Calibration: ${bins.map((bin) => `score ${bin.score.toFixed(2)}, came true ${percent(bin.positive, 0)} of ${count(bin.count)}`).join('; ')}`,
    );
  };
  return { node, show };
};
