import type { SampleLine } from './read-sample.ts';
import { isRequired, kindsIn, type Kind, type Shape } from './shape.ts';

/** A member that every event of a sample has. */
export interface Member {
  readonly path: readonly string[];
  readonly kinds: readonly Kind[];
  /** Of all lines, in their order. */
  readonly values: readonly unknown[];
  readonly distinct: number;
}

const valueAt = (event: unknown, path: readonly string[]): unknown =>
  path.reduce((at: unknown, name) => (at as Readonly<Record<string, unknown>>)[name], event);

/** The members that every event has, those in objects too; what may be null is none. */
export const membersOf = (
  shape: Shape,
  lines: readonly SampleLine[],
  path: readonly string[] = [],
): readonly Member[] =>
  [...shape.members].flatMap(([name, member]) => {
    if (!isRequired(shape, member)) return [];
    const kinds = kindsIn(member);
    const own = [...path, name];
    if (kinds.length !== 1) return [];
    if (kinds[0] === 'object') return membersOf(member, lines, own);
    const values = lines.map(({ event }) => valueAt(event, own));
    return [{ path: own, kinds, values, distinct: new Set(values).size }];
  });

export const isOf = ({ kinds }: Member, ...wanted: readonly Kind[]): boolean =>
  kinds.every((kind) => wanted.includes(kind));

export const textOf = ({ path }: Member): string => path.join('.');

export const isTop = ({ path }: Member): boolean => path.length === 1;

/** Whole numbers of which JavaScript takes several for one: from 2^53 on it has no room for their last digits. */
export const isRounded = (member: Member): boolean =>
  isOf(member, 'integer') && !member.values.every(Number.isSafeInteger);

/** Whether it can tell one thing from another: texts, or whole numbers that are exact. */
export const isName = (member: Member): boolean =>
  isTop(member) && isOf(member, 'string', 'integer') && !isRounded(member);

/** What a member can be. */
export const roleNames = ['key', 'time', 'value', 'id'] as const;
type RoleName = (typeof roleNames)[number];

/** What is what, as it is written; `undefined` where nothing can be. */
export type Chosen = Readonly<Record<RoleName, string | undefined>>;
