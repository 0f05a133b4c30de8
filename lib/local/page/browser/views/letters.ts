import type { PageEffect, PageLetter } from '../../protocol/page-state.ts';
import { getEffects, getLetters, revealLetter, type EffectsWhich } from '../model/api.ts';
import { button, el, setAttribute, setText } from '../parts/dom.ts';
import { clock, count, json, listed } from '../parts/format.ts';
import { keyedList, type ListRow } from '../parts/keyed-list.ts';
import { choice, empty, heading, payloadBox, scrolling, table } from '../parts/pieces.ts';
import { poll } from '../parts/poll.ts';
import type { View, ViewContext } from './view.ts';

const everyMs = 2_000;

const letterRow = (pipeline: string, say: ViewContext['say']) => (): ListRow<PageLetter> => {
  const reason = el('b');
  const stage = el('span');
  const standing = el('span', { class: 'verdict' });
  const at = el('span', { class: 'since' });
  const detail = el('p');
  const place = el('span', { class: 'where quiet' });
  const payload = payloadBox('Payload of the dead letter');
  payload.hidden = true;
  let letter: PageLetter | undefined;

  const hide = (): void => {
    payload.hidden = true;
    payload.textContent = '';
    setText(ask, 'Show payload');
    setAttribute(ask, 'aria-expanded', 'false');
  };
  const reveal = async (): Promise<void> => {
    const of = letter;
    if (of === undefined) return;
    const answer = await revealLetter(pipeline, of.id);
    if (letter !== of && letter?.id !== of.id) return;
    payload.textContent = answer.ok
      ? json(answer.value.letter)
      : `${answer.problem.what} ${answer.problem.next}`;
    payload.hidden = false;
    setText(ask, 'Hide payload');
    setAttribute(ask, 'aria-expanded', 'true');
    say(answer.ok ? 'The payload is shown.' : answer.problem.what, !answer.ok);
  };
  const ask = button('Show payload', () => (payload.hidden ? void reveal() : hide()), {
    'aria-expanded': 'false',
  });
  const node = el(
    'li',
    { class: 'letter' },
    el('div', { class: 'step-head' }, el('span', { class: 'kind' }, stage), reason, standing, at),
    detail,
    el('div', { class: 'letter-foot' }, place, ask),
    payload,
  );
  const show = (next: PageLetter): void => {
    if (letter?.id !== next.id) hide();
    letter = next;
    setText(reason, next.reason);
    setText(stage, next.stage);
    setText(standing, next.standing);
    setText(at, clock(next.at));
    setText(detail, next.detail);
    setText(place, next.id);
  };
  return { node, show };
};

const effectRow = (hash: ViewContext['hash']) => (): ListRow<PageEffect> => {
  const link = el('a');
  const cells = [el('td'), el('td', { class: 'number' }), el('td'), el('td', { class: 'note' })];
  const node = el('tr', {}, el('th', { scope: 'row', class: 'long' }, link), ...cells);
  const show = ({ key, state, at, attempts, note }: PageEffect): void => {
    setText(link, key);
    setAttribute(link, 'href', hash('trace', key));
    for (const [index, text] of [state, count(attempts), clock(at), note].entries()) {
      const cell = cells[index];
      if (cell !== undefined) setText(cell, text);
    }
  };
  return { node, show };
};

const noEffects: Readonly<Record<EffectsWhich, readonly [string, string]>> = {
  'in-doubt': [
    'No effect is in doubt.',
    'Where a crash leaves it unknown whether a request went out, it is listed here until somebody decides.',
  ],
  failed: ['No effect failed.', 'What the receiver refuses for good, or what was given up, is listed here.'],
  done: ['No effect is done yet.', 'They are listed as soon as the receiver has answered.'],
};

/** Dead letters and effects: why, and what stands of them; payloads only when asked for. */
export const letters = ({ pipeline, say, hash }: ViewContext): View => {
  const list = el('ul', { class: 'letters' });
  const shown = keyedList<PageLetter>(list, ({ id }) => id, letterRow(pipeline, say));
  const none = empty(
    'No dead letters.',
    'Send a poison event with the controls below, and watch where it goes.',
  );
  const many = el('span');
  const redrive = el('code');
  const foot = el(
    'p',
    { class: 'quiet foot' },
    many,
    ' ',
    redrive,
    ' shows what a redrive of all of them would do; with ',
    el('code', {}, '--execute'),
    ' it is done.',
  );
  foot.hidden = true;
  const effects = table('Effects', ['key', 'state', 'failed attempts', 'when', 'note'], [2]);
  const effectRows = keyedList<PageEffect>(effects.body, ({ key }) => key, effectRow(hash));
  const frame = scrolling('Effects', effects.node);
  const noEffect = el('div');
  const manyEffects = el('p', { class: 'quiet' });
  let which: EffectsWhich = 'in-doubt';

  const loadLetters = async (): Promise<void> => {
    const answer = await getLetters(pipeline);
    if (!answer.ok) return;
    const { letters: all, total, hasCopies } = answer.value;
    shown.show(all);
    none.hidden = all.length > 0;
    setText(many, `${listed(all.length, total, 'dead letter')}${hasCopies ? ', copies among them' : ''}.`);
    setText(redrive, answer.value.redriveCommand);
    foot.hidden = all.length === 0;
  };
  const loadEffects = async (): Promise<void> => {
    const asked = which;
    const answer = await getEffects(pipeline, asked);
    if (!answer.ok || asked !== which) return;
    const { effects: all, total } = answer.value;
    effectRows.show(all);
    setText(
      manyEffects,
      listed(all.length, total, 'effect', { which: asked === 'done' ? 'Newest' : 'Oldest' }),
    );
    manyEffects.hidden = all.length === 0;
    frame.hidden = all.length === 0;
    noEffect.replaceChildren(...(all.length === 0 ? [empty(...noEffects[asked])] : []));
  };
  const stop = poll(async () => {
    await Promise.all([loadLetters(), loadEffects()]);
  }, everyMs);

  const node = el(
    'div',
    { class: 'view' },
    heading('Dead letters and doubts'),
    el('section', { class: 'panel' }, el('h2', {}, 'Dead letters'), none, foot, list),
    el(
      'section',
      { class: 'panel' },
      el(
        'div',
        { class: 'panel-head' },
        el('h2', {}, 'Effects'),
        choice<EffectsWhich>(
          'Which effects',
          [
            ['in-doubt', 'In doubt'],
            ['failed', 'Failed'],
            ['done', 'Done'],
          ],
          which,
          (chosen) => {
            which = chosen;
            void loadEffects();
          },
        ),
      ),
      noEffect,
      frame,
      manyEffects,
    ),
  );
  return { node, show: () => undefined, close: stop };
};
