import type { Problem } from '../model/api.ts';
import { button, el, setProperty, setText, type Child } from './dom.ts';

/** A heading that takes the focus when what had it went away. */
export const heading = (text: string): HTMLHeadingElement => el('h1', { tabindex: -1, id: 'heading' }, text);

/** What is shown where there is nothing yet: what will be here, and how it comes. */
export const empty = (what: string, how: string): HTMLElement =>
  el('div', { class: 'empty' }, el('p', {}, what), el('p', { class: 'quiet' }, how));

export const problemBox = ({ what, why, next }: Problem): HTMLElement =>
  el(
    'div',
    { class: 'empty problem' },
    el('p', {}, what),
    ...[why, next].filter((text) => text !== '').map((text) => el('p', { class: 'quiet' }, text)),
  );

export interface Figure {
  readonly node: HTMLElement;
  readonly show: (value: string, note?: string, state?: 'good' | 'bad' | 'plain') => void;
}

/** One number with its name, and a line on what it means. */
export const figure = (name: string): Figure => {
  const value = el('dd', { class: 'value' });
  const note = el('dd', { class: 'note' });
  const node = el('div', { class: 'figure-box' }, el('dt', {}, name), value, note);
  const show = (text: string, noteText = '', state: 'good' | 'bad' | 'plain' = 'plain'): void => {
    setText(value, text);
    setText(note, noteText);
    if (node.dataset['state'] !== state) node.dataset['state'] = state;
  };
  return { node, show };
};

/** A share of a whole, 0–1. The words beside it say the same. */
export const meter = (): { readonly node: HTMLElement; readonly show: (share: number) => void } => {
  const node = el('span', { class: 'meter', 'aria-hidden': 'true' });
  return { node, show: (share) => setProperty(node, '--share', Math.min(1, Math.max(0, share)).toFixed(4)) };
};

/** A table in a frame of its own that scrolls sideways where the page is too narrow; the frame is reached by keyboard. */
export const scrolling = (label: string, ...children: readonly Child[]): HTMLElement =>
  el('div', { class: 'scrolling', role: 'region', 'aria-label': label, tabindex: 0 }, ...children);

export const table = (
  caption: string,
  columns: readonly string[],
  numeric: readonly number[] = [],
): { readonly node: HTMLTableElement; readonly body: HTMLTableSectionElement } => {
  const body = el('tbody');
  const heads = columns.map((column, index) =>
    el('th', { scope: 'col', class: numeric.includes(index) ? 'number' : null }, column),
  );
  const node = el(
    'table',
    {},
    el('caption', { class: 'unseen' }, caption),
    el('thead', {}, el('tr', {}, ...heads)),
    body,
  );
  return { node, body };
};

/** One of several, as buttons beside each other. */
export const choice = <T extends string>(
  label: string,
  options: readonly (readonly [value: T, text: string])[],
  chosen: T,
  onChoose: (value: T) => void,
): HTMLElement => {
  const buttons = options.map(([value, text]) => {
    const made = button(
      text,
      () => {
        for (const each of buttons) each.setAttribute('aria-pressed', String(each === made));
        onChoose(value);
      },
      { 'aria-pressed': String(value === chosen) },
    );
    return made;
  });
  return el('div', { class: 'choice', role: 'group', 'aria-label': label }, ...buttons);
};

/** JSON as it is; scrolls within itself. */
export const payloadBox = (label: string): HTMLPreElement =>
  el('pre', { class: 'payload', tabindex: 0, role: 'region', 'aria-label': label });
