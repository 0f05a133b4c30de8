import type { RunProblem } from '../../protocol/page-state.ts';
import { hasEnded, type Live } from '../model/live.ts';
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

const brokenOf = (problem: RunProblem | null, next: string): Notice => ({
  kind: 'bad',
  what: 'The run is broken, and has ended.',
  next: problem === null ? `The terminal says why. ${next}` : next,
  ...(problem === null ? {} : { problem: problem.text }),
});

const comesBack =
  'This page tries again every second, and comes back by itself once the run is started again.';

/** What is said where nothing is heard any more: how it ended, where that was heard. */
const lostOf = (live: Live): Notice => {
  const { isOffered, state } = live;
  if (state?.phase === 'broken') return brokenOf(state.problem, `Mend it, and start it again. ${comesBack}`);
  if (!isOffered)
    return {
      kind: 'quiet',
      what: 'This run has ended.',
      next: 'Below is the last that was heard of it; the other runs of this server go on.',
    };
  if (hasEnded(live))
    return {
      kind: 'quiet',
      what: 'The run has ended.',
      next: `Below is the last that was heard of it. ${comesBack}`,
    };
  return {
    kind: 'bad',
    what: 'The server is gone.',
    next: `${state === undefined ? 'Nothing was heard of it yet.' : `Below is the last that was heard, at ${new Date(state.at).toLocaleTimeString('en-GB')}.`} ${comesBack}`,
  };
};

const problemNotice = ({ kind, text }: RunProblem): Notice => {
  switch (kind) {
    case 'build':
      return {
        kind: 'bad',
        what: 'What was saved does not build; the run goes on with what it had.',
        next: 'Mend it and save: the next batch takes it.',
        problem: text,
      };
    case 'away':
      return {
        kind: 'bad',
        what: 'The run could not be looked at: below is the last that was seen of it.',
        next: 'It is tried again four times a second. If it stays so, see whether log and stores answer.',
        problem: text,
      };
    case 'broken':
      return brokenOf({ kind, text }, 'Mend it, and start it again.');
  }
};

const noticeOf = (live: Live): Notice | null => {
  const { link, state } = live;
  if (link === 'lost') return lostOf(live);
  if (state === undefined) return null;
  // What ends by itself is no trouble any more.
  if (state.problem !== null && state.phase !== 'stopping') return problemNotice(state.problem);
  switch (state.phase) {
    case 'broken':
      return brokenOf(null, 'Mend it, and start it again.');
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
