import type { PageBooks, PageStage, PageState } from '../../protocol/page-state.ts';
import { segments } from '../../protocol/segments.ts';
import { picture } from '../picture/picture.ts';
import { heldUpBy } from '../picture/slowest-segment.ts';
import { el, setAttribute, setText } from '../parts/dom.ts';
import { count, duration, durationOr, rate } from '../parts/format.ts';
import { keyedList, type ListRow } from '../parts/keyed-list.ts';
import { figure, heading, scrolling, table } from '../parts/pieces.ts';
import { promiseFigures } from './promise.ts';
import { broughtText, effectsText, settledText } from './proof.ts';
import { troublesOf } from './troubles.ts';
import type { View, ViewContext } from './view.ts';

const cells = (columns: number, numericFrom: number): readonly HTMLTableCellElement[] =>
  Array.from({ length: columns }, (_, index) => el('td', { class: index >= numericFrom ? 'number' : null }));

const perSecondOf = (state: PageState | undefined, topic: string): number =>
  state?.topics.find(({ name }) => name === topic)?.perSecond ?? 0;

const stageRow = (state: () => PageState | undefined): ListRow<PageStage> => {
  const name = el('th', { scope: 'row' });
  const all = cells(9, 0);
  const node = el('tr', {}, name, ...all);
  const show = (stage: PageStage): void => {
    setText(name, stage.name);
    const { freshnessMs, brokenBy, workers } = stage;
    const texts = [
      rate(perSecondOf(state(), stage.reads)),
      rate(stage.perSecond),
      count(stage.lag),
      stage.firstUncommittedMs > (state()?.target.ms ?? Number.POSITIVE_INFINITY)
        ? `${duration(stage.firstUncommittedMs)} ✕ ${heldUpBy(stage)}`
        : duration(stage.firstUncommittedMs),
      durationOr(freshnessMs?.p50),
      durationOr(freshnessMs?.p99),
      brokenBy === null ? (freshnessMs === null ? '–' : 'kept') : `✕ ${brokenBy}`,
      stage.deadLetters === 0
        ? '0'
        : `${count(stage.deadLetters)} · ${rate(perSecondOf(state(), stage.deadLetterTopic))}`,
      `${count(workers.alive)}${workers.ended === 0 ? '' : ` (${count(workers.ended)} ended)`}`,
    ];
    for (const [index, cell] of all.entries()) setText(cell, texts[index] ?? '');
    setAttribute(node, 'class', brokenBy === null ? null : 'bad');
  };
  return { node, show };
};

type BookOfStage = PageBooks['stages'][number];

const bookRow = (): ListRow<BookOfStage> => {
  const name = el('th', { scope: 'row' });
  const proof = el('td');
  const verdicts = el('td', { class: 'quiet' });
  const node = el('tr', {}, name, proof, verdicts);
  const show = (book: BookOfStage): void => {
    setText(name, book.name);
    setText(
      proof,
      `${book.received === book.settled ? '✓ ' : ''}${settledText(book.received, book.settled)}`,
    );
    setText(
      verdicts,
      Object.entries(book.verdicts)
        .toSorted(([, a], [, b]) => b - a)
        .map(([verdict, many]) => `${verdict} ${count(many)}`)
        .join(' · '),
    );
  };
  return { node, show };
};

const legend = (): HTMLElement =>
  el(
    'p',
    { class: 'legend quiet' },
    'Where the time goes:',
    ...segments.map((segment) => el('span', { class: `swatch-name ${segment}` }, segment)),
  );

/** The pipeline as a picture, what it promises, and the proof that nothing is lost or doubled. */
export const overview = ({ live }: ViewContext): View => {
  const drawn = picture();
  const promise = promiseFigures();
  const settled = figure('Records');
  const effects = figure('Effects');
  const doubts = figure('Failed · in doubt');
  const troubles = el('ul', { class: 'troubles' });
  const sentences = keyedList<string>(
    troubles,
    (text) => text,
    () => {
      const node = el('li');
      return { node, show: (text) => setText(node, text) };
    },
  );
  const calm = el('p', { class: 'quiet calm' }, '✓ Every stage keeps its target, and nothing is in trouble.');
  const stages = table(
    'Stages',
    ['stage', 'appended', 'settled', 'lag', 'oldest', 'p50', 'p99', 'target', 'dead letters', 'workers'],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  const stageRows = keyedList<PageStage>(
    stages.body,
    ({ name }) => name,
    () => stageRow(() => live.state),
  );
  const books = table('The books', ['stage', 'records', 'verdicts']);
  const bookRows = keyedList<BookOfStage>(books.body, ({ name }) => name, bookRow);
  const balanced = el('p', { class: 'balance' });

  const node = el(
    'div',
    { class: 'view overview' },
    heading('Overview'),
    el('dl', { class: 'figures' }, ...promise.nodes, settled.node, effects.node, doubts.node),
    el(
      'section',
      { class: 'panel', 'aria-label': 'The pipeline as a picture' },
      drawn.node,
      legend(),
      calm,
      troubles,
    ),
    el('section', { class: 'panel' }, el('h2', {}, 'Stages'), scrolling('Stages', stages.node)),
    el(
      'section',
      { class: 'panel' },
      el('h2', {}, 'The books'),
      scrolling('The books', books.node),
      balanced,
    ),
  );

  const showFigures = (state: PageState): void => {
    promise.show(state);
    const { books: all } = state;
    const first = all.stages.find(({ name }) => name === 'features') ?? all.stages.at(0);
    settled.show(
      first === undefined ? '–' : count(first.settled),
      first === undefined ? 'nothing came in yet' : broughtText(first.received, first.settled),
    );
    const isTwice = all.receiver.duplicateEffects > 0;
    effects.show(
      count(all.receiver.distinctKeys),
      `${effectsText(all)}${isTwice ? ' ✕' : ''}`,
      isTwice ? 'bad' : 'plain',
    );
    doubts.show(
      `${count(all.effects.failed)} · ${count(all.effects.inDoubt)}`,
      `${count(all.effects.done)} done, ${count(all.effects.suppressed)} suppressed`,
      all.effects.failed + all.effects.inDoubt > 0 ? 'bad' : 'plain',
    );
    setText(
      balanced,
      all.balanced
        ? '✓ Balanced: every record of every topic was consumed and has one verdict.'
        : 'Records are under way: the books balance when they have settled.',
    );
    setAttribute(balanced, 'class', all.balanced ? 'balance good' : 'balance');
  };

  let seen = -1;
  const show = (): void => {
    const { state } = live;
    if (state === undefined || seen === live.changes.state) return;
    seen = live.changes.state;
    drawn.show(state);
    showFigures(state);
    stageRows.show(state.stages);
    bookRows.show(state.books.stages);
    const wrong = troublesOf(state);
    sentences.show(wrong);
    calm.hidden = wrong.length > 0;
  };
  return { node, show, close: drawn.close };
};
