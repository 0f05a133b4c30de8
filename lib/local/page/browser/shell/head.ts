import type { PageState, RunPhase } from '../../protocol/page-state.ts';
import { hasEnded, type Live } from '../model/live.ts';
import { hashOf, views, type ViewName } from '../model/route.ts';
import { el, setAttribute, setText } from '../parts/dom.ts';
import { count, simulatedTime } from '../parts/format.ts';

export const viewTitles: Readonly<Record<ViewName, string>> = {
  overview: 'Overview',
  freshness: 'Freshness',
  decisions: 'Decisions',
  table: 'Live table',
  trace: 'Trace',
  letters: 'Dead letters',
};

const phases: Readonly<Record<RunPhase, string>> = {
  starting: 'starting',
  playing: 'playing',
  draining: 'draining',
  played: 'played to the end',
  stopping: 'stopping',
  broken: 'broken',
};

const phaseText = ({ phase, controls }: PageState): string =>
  phase === 'playing' && controls.isPlayingPaused ? 'paused' : phases[phase];

export interface Head {
  readonly node: HTMLElement;
  readonly show: (pipeline: string | undefined, view: ViewName, live: Live | undefined) => void;
  readonly offer: (pipelines: readonly string[]) => void;
}

/** Which pipeline, how far it is, whether the server is heard, and the way to each view. */
export const head = (goTo: (pipeline: string) => void): Head => {
  const name = el('span', { class: 'pipeline-name' });
  const chooser = el('select', { id: 'pipeline', hidden: true });
  const chooserLabel = el('label', { for: 'pipeline', class: 'unseen' }, 'Pipeline');
  chooser.addEventListener('change', () => goTo(chooser.value));
  const phase = el('span', { class: 'phase' });
  const link = el('span', { class: 'link' });
  const progress = el('progress', { max: 1, value: 0, 'aria-label': 'Played of the recording' });
  const far = el('span', { class: 'far' });
  const when = el('span', { class: 'when' });
  const tabs = new Map(views.map((view) => [view, el('a', {}, viewTitles[view])]));
  const nav = el(
    'nav',
    { 'aria-label': 'Views' },
    el('ul', {}, ...[...tabs.values()].map((tab) => el('li', {}, tab))),
  );
  nav.addEventListener('keydown', (event) => {
    const all = [...tabs.values()];
    const at = all.findIndex((tab) => tab === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  });

  const node = el(
    'header',
    { class: 'head' },
    el(
      'div',
      { class: 'head-row' },
      el('span', { class: 'brand' }, 'Freshet'),
      name,
      chooserLabel,
      chooser,
      phase,
      el('span', { class: 'progress' }, progress, far),
      when,
      link,
    ),
    nav,
  );

  const show = (pipeline: string | undefined, view: ViewName, live: Live | undefined): void => {
    setText(name, pipeline ?? '');
    if (pipeline !== undefined && chooser.value !== pipeline) chooser.value = pipeline;
    for (const [each, tab] of tabs) {
      setAttribute(tab, 'aria-current', each === view ? 'page' : null);
      if (pipeline !== undefined) setAttribute(tab, 'href', hashOf(pipeline, each));
    }
    const state = live?.state;
    setText(
      link,
      live === undefined || live.link === 'connecting'
        ? 'connecting'
        : live.link === 'open'
          ? 'live'
          : hasEnded(live)
            ? 'ended'
            : 'server gone',
    );
    const isAtEnd = live?.link === 'lost' && hasEnded(live);
    setAttribute(link, 'class', `link ${isAtEnd ? 'ended' : (live?.link ?? 'connecting')}`);
    if (state === undefined) return;
    setText(phase, phaseText(state));
    setAttribute(phase, 'class', `phase ${state.phase}`);
    setAttribute(progress, 'max', Math.max(1, state.toPlay));
    setAttribute(progress, 'value', Math.min(state.played, Math.max(1, state.toPlay)));
    setText(far, `${count(state.played)} of ${count(state.toPlay)}`);
    setText(when, simulatedTime(state.simulated));
  };

  const offer = (pipelines: readonly string[]): void => {
    chooser.replaceChildren(...pipelines.map((each) => el('option', { value: each }, each)));
    chooser.hidden = pipelines.length < 2;
    chooserLabel.hidden = chooser.hidden;
    name.hidden = !chooser.hidden;
  };
  return { node, show, offer };
};
