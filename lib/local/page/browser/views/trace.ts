import type { PageTrace } from '../../protocol/page-state.ts';
import { getTrace, revealTrace } from '../model/api.ts';
import { button, el } from '../parts/dom.ts';
import { counted, duration } from '../parts/format.ts';
import { empty, heading, problemBox } from '../parts/pieces.ts';
import { poll } from '../parts/poll.ts';
import { payloadIn, spanOf, traceStep } from './trace-step.ts';
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
    if (id === '') return;
    // Of what was not known it may be known by now.
    if (id === argument) void load();
    else go('trace', id);
  });
  const result = el('div', { class: 'stack' });
  /** As it was heard last, without payloads. */
  let found: PageTrace | undefined;
  /** With its payloads, as it was when they were asked for; `undefined`: they are hidden. */
  let revealed: PageTrace | undefined;
  /** Counts presses: what was asked for before the last one is no longer wanted. */
  let presses = 0;
  let shown = '';

  const showTrace = (): void => {
    if (found === undefined) return;
    const text = JSON.stringify([found, revealed]);
    if (text === shown) return;
    shown = text;
    const { correlation, steps, missing } = found;
    const span = spanOf(steps);
    const hadFocus = result.contains(document.activeElement);
    const isRevealed = revealed !== undefined;
    const toggle = button(
      isRevealed ? 'Hide payloads' : 'Show payloads',
      () => (isRevealed ? hide() : void reveal()),
      { 'aria-pressed': String(isRevealed) },
    );
    result.replaceChildren(
      el(
        'section',
        { class: 'panel' },
        el(
          'div',
          { class: 'panel-head' },
          el('h2', {}, correlation),
          el(
            'span',
            { class: 'quiet' },
            `${counted(steps.length, 'step')} in ${duration(steps.length === 0 ? 0 : span.ms)}`,
          ),
          toggle,
        ),
        ...(isRevealed ? [] : [el('p', { class: 'quiet' }, 'Payloads are redacted until you ask for them.')]),
        ...(missing.length === 0
          ? []
          : [el('ul', { class: 'troubles' }, ...missing.map((sentence) => el('li', {}, sentence)))]),
        el(
          'ol',
          { class: 'steps' },
          ...steps.map((step) =>
            traceStep(step, span, revealed === undefined ? 'hidden' : payloadIn(revealed, step)),
          ),
        ),
      ),
    );
    if (hadFocus) toggle.focus();
  };

  const hide = (): void => {
    presses += 1;
    revealed = undefined;
    say('Payloads are hidden.');
    showTrace();
  };
  /** Each time it is asked, the audit trail says so: never but by a press. */
  const reveal = async (): Promise<void> => {
    if (argument === undefined) return;
    presses += 1;
    const asked = presses;
    const answer = await revealTrace(pipeline, argument);
    if (asked !== presses || isClosed) return;
    if (!answer.ok) {
      say(`${answer.problem.what} ${answer.problem.next}`, true);
      return;
    }
    revealed = answer.value;
    heard(answer.value);
    say('Payloads are shown.');
  };

  /** Whether nothing more is to be heard of it. */
  let isOver = false;
  let isClosed = false;
  const heard = (traced: PageTrace): void => {
    isOver = traced.isFinal;
    found = { ...traced, steps: traced.steps.map((step) => ({ ...step, payload: null })) };
    showTrace();
  };
  const load = async (): Promise<void> => {
    if (argument === undefined) return;
    const asked = presses;
    const answer = await getTrace(pipeline, argument);
    // What a press has brought meanwhile is newer.
    if (asked !== presses || isClosed) return;
    if (answer.ok) {
      heard(answer.value);
      return;
    }
    isOver = answer.status === 404;
    if (found === undefined)
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
  // What is still under way is looked at again until nothing more comes of it.
  const stop =
    argument === undefined ? () => undefined : poll(async () => (isOver ? undefined : load()), everyMs);

  return {
    node: el('div', { class: 'view' }, heading('Trace'), el('section', { class: 'panel' }, form), result),
    show: () => undefined,
    close: () => {
      isClosed = true;
      stop();
    },
  };
};
