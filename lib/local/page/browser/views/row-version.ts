import type { PageRowChanges, PageRowDetails } from '../../protocol/page-state.ts';
import { el, setText } from '../parts/dom.ts';
import { clock, count, counted } from '../parts/format.ts';
import type { ListRow } from '../parts/keyed-list.ts';

export type SeenVersion = PageRowDetails['versions'][number];

const changeText = ({ before, after }: PageRowChanges['members'][number]): string => {
  if (before === null) return `came: ${after}`;
  return after === null ? `went: ${before}` : `${before} → ${after}`;
};

const changeItems = ({ members, more }: PageRowChanges): readonly HTMLElement[] => {
  if (members.length === 0) return [el('li', {}, 'its state is the same')];
  const items = members.map((member) =>
    el('li', {}, el('code', {}, member.path === '' ? 'state' : member.path), ` ${changeText(member)}`),
  );
  return more === 0 ? items : [...items, el('li', {}, `and ${counted(more, 'other member')}`)];
};

/** A version of a row: when it was seen, and which members of the state changed since the one before. */
export const versionRow = (): ListRow<SeenVersion> => {
  const when = el('span');
  const changes = el('ul', { class: 'changes' });
  const node = el('li', {}, when, changes);
  let shown = '';
  const show = ({ version, at, changes: what }: SeenVersion): void => {
    setText(when, `version ${count(version)}, seen at ${clock(at)}`);
    const key = JSON.stringify(what);
    if (key === shown) return;
    shown = key;
    changes.hidden = what === null;
    changes.replaceChildren(...(what === null ? [] : changeItems(what)));
  };
  return { node, show };
};
