import { cutText } from '../../../core/cut-text.ts';
import type { PageRowChanges } from '../protocol/page-state.ts';

/** Members that are told of one change; of the others it is said how many there are. */
const mostMembers = 8;
const longestPath = 120;
const longestValue = 60;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSame = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

const textOf = (value: unknown): string | null =>
  value === undefined ? null : cutText(JSON.stringify(value), longestValue);

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

/** One member before and after; `undefined` where it is not there, which no JSON value is. */
interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

const membersChanged = (path: string, before: Members, after: Members): readonly Change[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    changed(
      pointer(path, name),
      Object.hasOwn(before, name) ? before[name] : undefined,
      Object.hasOwn(after, name) ? after[name] : undefined,
    ),
  );

/** An entry that came or went in the middle moves those behind it: they did not change. */
const entriesChanged = (
  path: string,
  before: readonly unknown[],
  after: readonly unknown[],
): readonly Change[] => {
  const [start, end] = kept(before, after);
  const [left, now] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  return Array.from({ length: Math.max(left.length, now.length) }, (_, index) =>
    changed(pointer(path, start + index), left[index], now[index]),
  ).flat();
};

const changed = (path: string, before: unknown, after: unknown): readonly Change[] => {
  if (isMembers(before) && isMembers(after)) return membersChanged(path, before, after);
  if (Array.isArray(before) && Array.isArray(after)) return entriesChanged(path, before, after);
  return isSame(before, after) ? [] : [{ path, before, after }];
};

const depthOf = ({ path }: Change): number => path.split('/').length;

/**
 * What changed from one state of a row to another, member by member, bounded in number and length: those furthest out come
 * first, for what is deep within a state is one of many alike.
 *
 * @param before - JSON
 * @param after - JSON
 */
export const rowChanges = (before: unknown, after: unknown): PageRowChanges => {
  const all = changed('', before, after);
  const told = all.toSorted((one, other) => depthOf(one) - depthOf(other)).slice(0, mostMembers);
  return {
    members: told.map((change) => ({
      path: cutText(change.path, longestPath),
      before: textOf(change.before),
      after: textOf(change.after),
    })),
    more: all.length - told.length,
  };
};
