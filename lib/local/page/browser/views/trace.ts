import type { PageTrace } from '../../protocol/page-state.ts';
import { getTrace } from '../model/api.ts';
import { button, el } from '../parts/dom.ts';
import { counted, duration } from '../parts/format.ts';
import { empty, heading, problemBox } from '../parts/pieces.ts';
import { poll } from '../parts/poll.ts';
import { spanOf, traceStep } from './trace-step.ts';
import type { View, ViewContext } from './view.ts';

const everyMs = 2_000;

/** One record's way through the pipeline: each step with its place, its time, and the time since the step before. */
export const trace = ({ pipeline, argument, say, go, live }: ViewContext): View => {
  const input = el('input', {
    id: 'trace-id',
    name: 'id',
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    value: argument ?? '',
    placeholder: 'source#id, or the id of a decision',
  });
  const form = el(
    'form',
    { class: 'ask' },
    el('label', { for: 'trace-id' }, 'Id of an event, a decision or a correlation'),
    el('div', { class: 'ask-row' }, input, el('button', { type: 'submit', class: 'main' }, 'Show its way')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const id = input.value.trim();
    if (id !== '') go('trace', id);
  });
  const result = el('div', { class: 'stack' });
  let withPayload = false;
  let shown = '';

  const showTrace = (found: PageTrace): void => {
    const text = JSON.stringify([found, withPayload]);
    if (text === shown) return;
    shown = text;
    const span = spanOf(found.steps);
    const hadFocus = result.contains(document.activeElement);
    const toggle = button(
      withPayload ? 'Hide payloads' : 'Show payloads',
      () => {
        withPayload = !withPayload;
        say(withPayload ? 'Payloads are shown.' : 'Payloads are hidden.');
        void load();
      },
      { 'aria-pressed': String(withPayload) },
    );
    result.replaceChildren(
      el(
        'section',
        { class: 'panel' },
        el(
          'div',
          { class: 'panel-head' },
          el('h2', {}, found.correlation),
          el(
            'span',
            { class: 'quiet' },
            `${counted(found.steps.length, 'step')} in ${duration(found.steps.length === 0 ? 0 : span.ms)}`,
          ),
          toggle,
        ),
        ...(withPayload
          ? []
          : [el('p', { class: 'quiet' }, 'Payloads are redacted until you ask for them.')]),
        ...(found.missing.length === 0
          ? []
          : [el('ul', { class: 'troubles' }, ...found.missing.map((sentence) => el('li', {}, sentence)))]),
        el('ol', { class: 'steps' }, ...found.steps.map((step) => traceStep(step, span, withPayload))),
      ),
    );
    if (hadFocus) toggle.focus();
  };

  let isWhole = false;
  const load = async (): Promise<void> => {
    if (argument === undefined) return;
    const answer = await getTrace(pipeline, argument, withPayload);
    if (answer.ok) {
      isWhole = answer.value.missing.length === 0;
      showTrace(answer.value);
    } else if (shown === '')
      result.replaceChildren(el('section', { class: 'panel' }, problemBox(answer.problem)));
  };
  if (argument === undefined) {
    const last = live.decisions[0];
    result.append(
      el(
        'section',
        { class: 'panel' },
        empty('No record is chosen.', 'Open a decision and follow “Trace its way”, or type an id above.'),
        ...(last === undefined
          ? []
          : [
              button(
                'Trace the newest decision',
                () => go('trace', live.decisions[0]?.correlation ?? last.correlation),
                { class: 'main' },
              ),
            ]),
      ),
    );
  } else result.append(el('p', { class: 'quiet' }, 'Looking for it…'));
  // What is still under way is looked at again until it has arrived.
  const stop =
    argument === undefined ? () => undefined : poll(async () => (isWhole ? undefined : load()), everyMs);

  return {
    node: el('div', { class: 'view' }, heading('Trace'), el('section', { class: 'panel' }, form), result),
    show: () => undefined,
    close: stop,
  };
};
