import { cutText } from '../../../core/cut-text.ts';
import type { PageRowChanges } from '../protocol/page-state.ts';

type RowChange = PageRowChanges['members'][number];

/** Members that are told of one change; of the others it is said how many there are. */
const mostMembers = 8;
const longestPath = 120;
const longestValue = 60;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSame = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

const textOf = (value: unknown): string => cutText(JSON.stringify(value), longestValue);

/** @see RFC 6901 */
const pointer = (path: string, name: string | number): string =>
  `${path}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** How many entries at the beginning of both are the same, and at the end of what is left. */
const kept = (before: readonly unknown[], after: readonly unknown[]): readonly [number, number] => {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSame(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && isSame(before.at(-1 - end), after.at(-1 - end))) end += 1;
  return [start, end];
};

/** What became of one member after another. */
class Changes {
  readonly members: RowChange[] = [];
  more = 0;

  compare(path: string, before: unknown, after: unknown): void {
    if (isMembers(before) && isMembers(after)) this.#compareMembers(path, before, after);
    else if (Array.isArray(before) && Array.isArray(after)) this.#compareEntries(path, before, after);
    else if (!isSame(before, after)) this.#add(path, textOf(before), textOf(after));
  }

  #compareMembers(path: string, before: Members, after: Members): void {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const at = pointer(path, name);
      if (!Object.hasOwn(after, name)) this.#add(at, textOf(before[name]), null);
      else if (!Object.hasOwn(before, name)) this.#add(at, null, textOf(after[name]));
      else this.compare(at, before[name], after[name]);
    }
  }

  /** An entry that came or went in the middle moves those behind it: they did not change. */
  #compareEntries(path: string, before: readonly unknown[], after: readonly unknown[]): void {
    const [start, end] = kept(before, after);
    const [beforeEnd, afterEnd] = [before.length - end, after.length - end];
    for (let at = start; at < Math.max(beforeEnd, afterEnd); at += 1) {
      const here = pointer(path, at);
      if (at >= afterEnd) this.#add(here, textOf(before[at]), null);
      else if (at >= beforeEnd) this.#add(here, null, textOf(after[at]));
      else this.compare(here, before[at], after[at]);
    }
  }

  #add(path: string, before: string | null, after: string | null): void {
    if (this.members.length < mostMembers)
      this.members.push({ path: cutText(path, longestPath), before, after });
    else this.more += 1;
  }
}

/**
 * What changed from one state of a row to another, member by member, bounded in number and length.
 *
 * @param before - JSON
 * @param after - JSON
 */
export const rowChanges = (before: unknown, after: unknown): PageRowChanges => {
  const changes = new Changes();
  changes.compare('', before, after);
  return { members: changes.members, more: changes.more };
};
