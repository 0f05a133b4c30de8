import { parseInstant, type EpochMs } from '../core/units.ts';

/** What the values at one place of some JSON documents have in common. Lines count from 1. */
export interface Shape {
  /** By kind, the lines in which a value of it stands here. */
  readonly seen: ReadonlyMap<Kind, readonly number[]>;
  /** Members of the objects here, in the order of their first appearance. */
  readonly members: ReadonlyMap<string, Shape>;
  /** Of the items of all arrays here; `undefined` where none has an item. */
  readonly items: Shape | undefined;
  /** How many values stand here, and how many of them are objects. */
  readonly count: number;
  readonly objects: number;
}

/** Kinds of values that a schema tells apart. `instant` is a text, and `integer` a number too. */
export type Kind = 'object' | 'array' | 'string' | 'instant' | 'number' | 'integer' | 'boolean' | 'null';

/** What the order of kinds is in a schema, and in a message. */
const kinds: readonly Kind[] = [
  'object',
  'array',
  'string',
  'instant',
  'number',
  'integer',
  'boolean',
  'null',
];

const kindOf = (value: unknown): Kind => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'string':
      return instantIn(value) === undefined ? 'string' : 'instant';
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'object';
  }
};

const dateTime =
  /^\d{4}-\d\d-\d\d[t ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** The time that a text is, where both the engine and the schema's `date-time` read it as one. */
export const instantIn = (text: string): EpochMs | undefined =>
  dateTime.test(text) ? parseInstant(text) : undefined;

/** A value and the line that it is from. */
interface Placed {
  readonly value: unknown;
  readonly line: number;
}

const membersOf = (values: readonly Placed[]): ReadonlyMap<string, readonly Placed[]> => {
  const members = new Map<string, Placed[]>();
  for (const { value, line } of values) {
    if (kindOf(value) !== 'object') continue;
    for (const [name, member] of Object.entries(value as object)) {
      const known = members.get(name);
      if (known === undefined) members.set(name, [{ value: member, line }]);
      else known.push({ value: member, line });
    }
  }
  return members;
};

export const shapeOf = (values: readonly Placed[]): Shape => {
  const seen = new Map<Kind, number[]>();
  for (const { value, line } of values) {
    const kind = kindOf(value);
    const lines = seen.get(kind);
    if (lines === undefined) seen.set(kind, [line]);
    else if (lines.at(-1) !== line) lines.push(line);
  }
  const items = values.flatMap(({ value, line }) =>
    Array.isArray(value) ? value.map((item: unknown) => ({ value: item, line })) : [],
  );
  return {
    seen,
    members: new Map([...membersOf(values)].map(([name, placed]) => [name, shapeOf(placed)])),
    items: items.length === 0 ? undefined : shapeOf(items),
    count: values.length,
    objects: values.filter(({ value }) => kindOf(value) === 'object').length,
  };
};

/** Whether every object of a shape has a member. */
export const isRequired = ({ objects }: Shape, member: Shape): boolean => member.count === objects;

/** The kinds of a shape as a schema has them: a text that is not always a time is a text, a number not always whole a number. */
export const kindsIn = ({ seen }: Shape): readonly Kind[] =>
  kinds.filter(
    (kind) =>
      seen.has(kind) &&
      !(kind === 'instant' && seen.has('string')) &&
      !(kind === 'integer' && seen.has('number')),
  );

/** The same without `null`. */
const valueKindsIn = (shape: Shape): readonly Kind[] => kindsIn(shape).filter((kind) => kind !== 'null');

/** The lines of a kind of {@link kindsIn}. */
const linesOf = ({ seen }: Shape, kind: Kind): readonly number[] => {
  const narrower =
    kind === 'string' ? seen.get('instant') : kind === 'number' ? seen.get('integer') : undefined;
  return [...(seen.get(kind) ?? []), ...(narrower ?? [])].toSorted((one, other) => one - other);
};

/** A place where values of several kinds stand. */
export interface Mixture {
  /** `customer.id`; `tags[]` for the items of an array. */
  readonly path: string;
  readonly kinds: readonly { readonly kind: Kind; readonly lines: readonly number[] }[];
}

/** Every place with more than one kind of values; `null` beside one kind is none. */
export const mixturesIn = (shape: Shape, path = ''): readonly Mixture[] => {
  const found = valueKindsIn(shape);
  return [
    ...(found.length > 1
      ? [{ path, kinds: found.map((kind) => ({ kind, lines: linesOf(shape, kind) })) }]
      : []),
    ...[...shape.members].flatMap(([name, member]) =>
      mixturesIn(member, path === '' ? name : `${path}.${name}`),
    ),
    ...(shape.items === undefined ? [] : mixturesIn(shape.items, `${path}[]`)),
  ];
};
