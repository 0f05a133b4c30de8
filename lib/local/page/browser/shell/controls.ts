import type { Control } from '../../protocol/page-api.ts';
import type { PageState } from '../../protocol/page-state.ts';
import { control } from '../model/api.ts';
import type { Live } from '../model/live.ts';
import { button, el, setAttribute, setText } from '../parts/dom.ts';
import { duration, speedText } from '../parts/format.ts';
import { proofText } from '../views/proof.ts';

const speeds = [1, 60, 600, 3_600, 14_400, 60_000];
const modelDelays = [0, 250, 1_000, 3_000, 10_000];

export interface Dock {
  readonly node: HTMLElement;
  readonly show: () => void;
  readonly say: (text: string, isProblem?: boolean) => void;
}

type Option = readonly [value: string, text: string];

/** A choice that also shows a value that nobody offered, as the command line can set any. */
const select = (id: string, label: string, onChange: (value: string) => void) => {
  const box = el('select', { id });
  box.addEventListener('change', () => onChange(box.value));
  let shown = '';
  const show = (options: readonly Option[], chosen: string | undefined, chosenText = chosen): void => {
    const all: readonly Option[] =
      chosen === undefined || options.some(([value]) => value === chosen)
        ? options
        : [[chosen, chosenText ?? chosen], ...options];
    const key = JSON.stringify(all);
    if (key !== shown) {
      shown = key;
      const kept = box.value;
      box.replaceChildren(...all.map(([value, text]) => el('option', { value }, text)));
      if (all.some(([value]) => value === kept)) box.value = kept;
    }
    // Not under the hand of whoever is choosing.
    if (chosen !== undefined && document.activeElement !== box && box.value !== chosen) box.value = chosen;
  };
  return { box, show, node: el('span', { class: 'field' }, el('label', { for: id }, label), box) };
};

/** What the run is told to do, the answer to it, and the counts that prove that it did no harm; always at hand. */
export const controls = (pipeline: () => string | undefined, live: () => Live | undefined): Dock => {
  const said = el('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  const proof = el('p', { class: 'proof' });
  let saidAt = 0;
  const say = (text: string, isProblem = false): void => {
    saidAt = Date.now();
    // The same words again are an answer again.
    if (said.textContent === text) said.textContent = '';
    setText(said, isProblem ? `✕ ${text}` : text);
    setAttribute(said, 'class', isProblem ? 'said bad' : 'said');
  };

  const tell = async (what: Control): Promise<void> => {
    const to = pipeline();
    const heard = live();
    if (to === undefined) return;
    const answer = await control(to, what);
    if (answer.ok) {
      heard?.controlled(answer.value.controls);
      say(answer.value.said);
      return;
    }
    const { what: problem, why, next } = answer.problem;
    say([problem, why, next].filter((text) => text !== '').join(' '), true);
  };
  const now = (): PageState['controls'] | undefined => live()?.state?.controls;

  const play = button(
    'Pause',
    () => void tell({ kind: now()?.isPlayingPaused === true ? 'play' : 'pause' }),
    { class: 'main' },
  );
  const speed = select(
    'speed',
    'Speed',
    (value) => void tell({ kind: 'speed', factor: value === 'fast' ? 'fast' : Number(value) }),
  );
  const stage = select('kill-stage', 'Worker of', () => undefined);
  const kill = button('Kill', () => void tell({ kind: 'kill-worker', stage: stage.box.value }), {
    'aria-label': 'Kill a worker of the chosen stage',
  });
  const receiver = button(
    'Drop receiver',
    () => void tell({ kind: 'receiver', is: now()?.receiver === 'dropped' ? 'answers' : 'dropped' }),
  );
  const delay = select(
    'model-delay',
    'Slow model',
    (value) => void tell({ kind: 'model-delay', ms: Number(value) }),
  );
  const poison = button('Send poison event', () => void tell({ kind: 'poison' }));
  const action = button(
    'Pause action',
    () => void tell({ kind: 'action', is: now()?.isActionPaused === true ? 'running' : 'paused' }),
  );

  const breakers = el(
    'div',
    { class: 'breakers', role: 'group', 'aria-label': 'Break it and watch it heal', id: 'breakers' },
    el('span', { class: 'dock-title' }, 'Break it'),
    el('span', { class: 'field joined' }, stage.node, kill),
    receiver,
    delay.node,
    poison,
    action,
  );
  const more = button(
    'Break it',
    () => {
      const isOpen = node.dataset['open'] !== 'true';
      node.dataset['open'] = String(isOpen);
      more.setAttribute('aria-expanded', String(isOpen));
    },
    { class: 'more', 'aria-expanded': 'false', 'aria-controls': 'breakers' },
  );
  const node = el(
    'section',
    { class: 'dock', 'aria-label': 'Controls of the run', 'data-open': 'false' },
    el('div', { class: 'dock-row' }, el('div', { class: 'player' }, play, speed.node, more), breakers),
    el('div', { class: 'dock-row answers' }, proof, said),
  );

  let stages = '';
  const show = (): void => {
    const heard = live();
    const state = heard?.state;
    const canTell = state !== undefined && heard?.link === 'open';
    for (const each of [play, speed.box, stage.box, kill, receiver, delay.box, poison, action])
      // Not disabled: that would take the focus away from whoever is just there.
      setAttribute(each, 'aria-disabled', canTell ? null : true);
    if (state === undefined) {
      setText(proof, '');
      speed.show([], undefined);
      return;
    }
    const { controls: is } = state;
    setText(play, is.isPlayingPaused ? 'Play' : 'Pause');
    const chosen = is.speed.kind === 'fast' ? 'fast' : String(is.speed.factor);
    speed.show(
      [
        ...speeds.map((factor): Option => [String(factor), speedText({ kind: 'paced', factor })]),
        ['fast', 'as fast as it goes'],
      ],
      chosen,
      speedText(is.speed),
    );
    const names = state.stages.map(({ name }) => name);
    if (names.join() !== stages) {
      stages = names.join();
      stage.show(
        names.map((name) => [name, name]),
        undefined,
      );
      stage.box.value = names.find((name) => name === 'inference') ?? names[0] ?? '';
    }
    const isDropped = is.receiver === 'dropped';
    setText(receiver, isDropped ? 'Bring receiver back' : 'Drop receiver');
    setAttribute(receiver, 'class', isDropped ? 'on' : null);
    delay.show(
      modelDelays.map((ms) => [String(ms), ms === 0 ? 'not' : `by ${duration(ms)}`]),
      String(is.modelDelayMs),
      `by ${duration(is.modelDelayMs)}`,
    );
    setAttribute(delay.box, 'class', is.modelDelayMs > 0 ? 'on' : null);
    setText(action, is.isActionPaused ? 'Resume action' : 'Pause action');
    setAttribute(action, 'class', is.isActionPaused ? 'on' : null);
    setText(proof, `${state.books.balanced ? '✓ ' : ''}${proofText(state.books)}`);
    setAttribute(
      proof,
      'class',
      state.books.receiver.duplicateEffects > 0 ? 'proof bad' : state.books.balanced ? 'proof good' : 'proof',
    );
    if (saidAt !== 0 && Date.now() - saidAt > 20_000) {
      saidAt = 0;
      setText(said, '');
    }
  };
  return { node, show, say };
};
