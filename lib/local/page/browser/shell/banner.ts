import type { Live } from '../model/live.ts';
import { el, setAttribute, setText } from '../parts/dom.ts';
import { counted, duration } from '../parts/format.ts';
import { proofText } from '../views/proof.ts';

interface Notice {
  readonly kind: 'bad' | 'good' | 'quiet';
  readonly what: string;
  readonly next: string;
  /** Shown as it is, line by line. */
  readonly problem?: string;
}

const noticeOf = ({ link, isOffered, state }: Live): Notice | null => {
  if (link === 'lost' && !isOffered)
    return {
      kind: 'quiet',
      what: 'This run has ended.',
      next: 'Below is the last that was heard of it; the other runs of this server go on.',
    };
  if (link === 'lost')
    return {
      kind: 'bad',
      what: 'The server is gone.',
      next: `${state === undefined ? 'Nothing was heard of it yet.' : `Below is the last that was heard, at ${new Date(state.at).toLocaleTimeString('en-GB')}.`} This page tries again every second, and comes back by itself once the run is started again.`,
    };
  if (state === undefined) return null;
  if (state.problem !== null)
    return {
      kind: 'bad',
      what:
        state.phase === 'broken'
          ? 'The run is broken.'
          : 'What was saved does not build; the run goes on with what it had.',
      next: 'Mend it and save: the next batch takes it.',
      problem: state.problem,
    };
  switch (state.phase) {
    case 'broken':
      return { kind: 'bad', what: 'The run is broken.', next: 'The terminal says why.' };
    case 'starting':
      return {
        kind: 'quiet',
        what: 'The run is starting.',
        next: 'Stages are bundled and their workers started; the first events come within seconds.',
      };
    case 'stopping':
      return { kind: 'quiet', what: 'The run is stopping.', next: 'What is under way is settled first.' };
    case 'played':
      return {
        kind: 'good',
        what: `Played to the end: ${counted(state.played, 'event')}.`,
        next: `${proofText(state.books)}. ${state.books.balanced ? 'Every record has one verdict.' : 'Some records wait for theirs.'} Start again with --reset to see it once more.`,
      };
    case 'draining':
      return { kind: 'quiet', what: 'All is played; what is under way is being settled.', next: '' };
    case 'playing':
      return state.played === 0 && !state.controls.isPlayingPaused
        ? {
            kind: 'quiet',
            what: 'Waiting for the first event.',
            next: `Its freshness target is ${duration(state.target.ms)}.`,
          }
        : null;
  }
};

/** What concerns the whole run, in words. */
export const banner = (): { readonly node: HTMLElement; readonly show: (live: Live | undefined) => void } => {
  const what = el('b');
  const next = el('span');
  const problem = el('pre', {
    class: 'payload',
    tabindex: 0,
    role: 'region',
    'aria-label': 'What is broken',
  });
  const node = el('div', { class: 'banner', role: 'status' }, el('p', {}, what, ' ', next), problem);
  node.hidden = true;
  const show = (live: Live | undefined): void => {
    const notice = live === undefined ? null : noticeOf(live);
    node.hidden = notice === null;
    if (notice === null) return;
    setAttribute(node, 'class', `banner ${notice.kind}`);
    setText(what, notice.what);
    setText(next, notice.next);
    problem.hidden = notice.problem === undefined;
    setText(problem, notice.problem ?? '');
  };
  return { node, show };
};
