import type { PageContext, PageRow, PageState } from '../../protocol/page-state.ts';
import { getRow, getRows } from '../model/api.ts';
import { el, setAttribute, setText } from '../parts/dom.ts';
import { count, duration, json, listed, nothing } from '../parts/format.ts';
import { keyedList, type ListRow } from '../parts/keyed-list.ts';
import { empty, heading, meter, payloadBox, problemBox, scrolling, table } from '../parts/pieces.ts';
import { poll } from '../parts/poll.ts';
import { versionRow, type SeenVersion } from './row-version.ts';
import type { View, ViewContext } from './view.ts';

const everyMs = 1_000;
const mostVersions = 12;

const rowOf = (hash: (key: string) => string, chosen: string | undefined) => (): ListRow<PageRow> => {
  const link = el('a');
  const version = el('td', { class: 'number' });
  const age = el('td', { class: 'number' });
  const changes = el('td', { class: 'number' });
  const node = el('tr', {}, el('th', { scope: 'row' }, link), version, age, changes);
  let last = -1;
  const show = (row: PageRow): void => {
    if (link.textContent !== row.key) {
      setText(link, row.key);
      setAttribute(link, 'href', hash(row.key));
      setAttribute(node, 'aria-current', row.key === chosen ? 'true' : null);
      last = row.version;
    }
    if (row.version !== last && 'animate' in node && !matchMedia('(prefers-reduced-motion: reduce)').matches)
      version.animate([{ opacity: 0.4 }, { opacity: 1 }], 250);
    last = row.version;
    setText(version, count(row.version));
    setText(age, row.changedMs === null ? nothing : `${duration(row.changedMs)} ago`);
    setText(changes, count(row.changes));
  };
  return { node, show };
};

type ContextState = PageState['contexts'][number];

const contextRow = (): ListRow<ContextState> => {
  const name = el('th', { scope: 'row' });
  const keys = el('td', { class: 'number' });
  const text = el('td');
  const bar = meter();
  const node = el('tr', {}, name, keys, text, el('td', {}, bar.node));
  const show = ({ name: context, keys: many, oldestAgeMs, maxAgeMs }: ContextState): void => {
    setText(name, context);
    setText(keys, count(many));
    const isStale = oldestAgeMs !== null && oldestAgeMs > maxAgeMs;
    setText(
      text,
      oldestAgeMs === null
        ? 'nothing is known yet'
        : `${isStale ? '✕ stale' : '✓ fresh'}: oldest ${duration(oldestAgeMs)}, allowed ${duration(maxAgeMs)}`,
    );
    setAttribute(text, 'class', isStale ? 'bad' : null);
    bar.show(oldestAgeMs === null ? 0 : oldestAgeMs / maxAgeMs);
  };
  return { node, show };
};

/** A row is the state that features fold, and what the engine keeps it right by. */
const partsOf = (row: unknown): { readonly state: unknown; readonly rest: unknown } => {
  if (typeof row !== 'object' || row === null || !('state' in row)) return { state: row, rest: {} };
  const { state, ...rest } = row;
  return { state: typeof state === 'string' ? parsed(state) : state, rest };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

interface Details {
  readonly node: HTMLElement;
  readonly close: () => void;
}

interface ContextEntry {
  readonly node: HTMLElement;
  readonly show: (seen: PageContext | null, maxAgeMs: number | undefined) => void;
}

/** What is known of one context of the chosen key, with its age in event time. */
const contextEntry = (name: string): ContextEntry => {
  const age = el('p', { class: 'quiet' });
  const body = payloadBox(`Context ${name}`);
  const show = (seen: PageContext | null, maxAgeMs: number | undefined): void => {
    body.hidden = seen === null;
    setText(body, seen === null ? '' : json(seen.body));
    const isStale = seen !== null && maxAgeMs !== undefined && seen.ageMs > maxAgeMs;
    const allowed = maxAgeMs === undefined ? '' : `, allowed ${duration(maxAgeMs)}`;
    setText(
      age,
      seen === null
        ? 'Nothing is known of this key.'
        : `${isStale ? '✕ stale' : '✓ fresh'}: ${duration(seen.ageMs)} old${allowed}`,
    );
    setAttribute(age, 'class', isStale ? 'bad' : 'quiet');
  };
  return { node: el('div', {}, el('h4', {}, name), age, body), show };
};

/** One row as it is, the context that its key is joined with, and its last versions. */
const detailsOf = (pipeline: string, key: string, live: ViewContext['live']): Details => {
  const value = payloadBox(`Row ${key}`);
  const kept = payloadBox(`What keeps row ${key} right`);
  const versions = el('ol', { class: 'versions' });
  const context = el('div');
  const body = el('div', {}, el('p', { class: 'quiet' }, 'Loading…'));
  let isFilled = false;
  const versionRows = keyedList<SeenVersion>(versions, ({ version, at }) => `${version}/${at}`, versionRow);
  const contexts = new Map<string, ContextEntry>();
  const stop = poll(async () => {
    const answer = await getRow(pipeline, key);
    if (!answer.ok) {
      if (!isFilled) body.replaceChildren(problemBox(answer.problem));
      return;
    }
    if (!isFilled) {
      isFilled = true;
      body.replaceChildren(
        value,
        el(
          'details',
          { class: 'beside' },
          el('summary', {}, 'Beside its state: fences, identities, holes'),
          kept,
        ),
        el('h3', {}, 'Its context'),
        context,
        // Last, for they are many and long.
        el('h3', {}, 'Versions lately, and what changed from one to the next'),
        versions,
      );
    }
    const { state, rest } = partsOf(answer.value.row);
    setText(value, json(state));
    setText(kept, json(rest));
    versionRows.show(answer.value.versions.toSorted((a, b) => b.version - a.version).slice(0, mostVersions));
    for (const [name, seen] of Object.entries(answer.value.context)) {
      const entry = contexts.get(name) ?? contextEntry(name);
      if (!contexts.has(name)) {
        contexts.set(name, entry);
        context.append(entry.node);
      }
      entry.show(seen, live.state?.contexts.find((each) => each.name === name)?.maxAgeMs);
    }
    if (contexts.size === 0) setText(context, 'This pipeline joins no context.');
  }, everyMs);
  return {
    node: el('section', { class: 'panel' }, el('h2', {}, key), body),
    close: stop,
  };
};

/** The rows that the features fold, as they change, and the context beside them. */
export const liveTable = ({ pipeline, argument, live, hash }: ViewContext): View => {
  const rows = table('Rows', ['key', 'version', 'seen to change', 'changes in 1 min'], [1, 2, 3]);
  const shown = keyedList<PageRow>(
    rows.body,
    ({ key }) => key,
    rowOf((key) => hash('table', key), argument),
  );
  const contexts = table('Context', ['context', 'keys', 'age', 'of what is allowed'], [1]);
  const contextRows = keyedList<ContextState>(contexts.body, ({ name }) => name, contextRow);
  const none = empty('No row yet.', 'Features fold events into rows, one for each key.');
  const many = el('p', { class: 'quiet' });
  const frame = scrolling('Rows', rows.node);
  frame.hidden = true;
  const details = argument === undefined ? undefined : detailsOf(pipeline, argument, live);

  const stop = poll(async () => {
    const answer = await getRows(pipeline);
    if (!answer.ok) return;
    const { rows: all, total, isMore } = answer.value;
    shown.show(all);
    none.hidden = all.length > 0;
    frame.hidden = all.length === 0;
    setText(many, listed(all.length, total, 'row', { isMore }));
  }, everyMs);

  const node = el(
    'div',
    { class: 'view' },
    heading('Live table'),
    el(
      'div',
      { class: 'two' },
      el(
        'div',
        { class: 'stack' },
        el('section', { class: 'panel' }, el('h2', {}, 'Rows'), none, frame, many),
        el('section', { class: 'panel' }, el('h2', {}, 'Context'), scrolling('Context', contexts.node)),
      ),
      details?.node ??
        el(
          'section',
          { class: 'panel' },
          empty('No row is chosen.', 'Choose a key to see what its row holds, its versions and its context.'),
        ),
    ),
  );
  const show = (): void => {
    if (live.state !== undefined) contextRows.show(live.state.contexts);
  };
  const close = (): void => {
    stop();
    details?.close();
  };
  return { node, show, close };
};
