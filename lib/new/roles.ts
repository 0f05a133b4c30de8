import type { Problem } from '../core/errors.ts';
import { isRequired, kindsIn, type Kind, type Shape } from './shape.ts';
import { sampleRefused, type SampleLine } from './read-sample.ts';

/** Which member of an event is what. */
export interface Roles {
  /** The Kafka key: what an event is about. */
  readonly key: string;
  /** When it happened. */
  readonly time: string;
  /** The number that is watched, a path; `undefined` where no event has one: the hour of the day is watched then. */
  readonly value: readonly string[] | undefined;
  /** What tells events apart, where a member does. */
  readonly id: string | undefined;
}

/** What was asked for, as flags. */
export type WantedRoles = Readonly<Partial<Record<keyof Roles, string>>>;

/** Names that speak for a role. */
const likely = {
  key: /(?:^|[a-z_-])(?:id|key|code|no|number)$/i,
  time: /^(?:at|time|timestamp|ts|event_?time|occurred_?at|happened_?at|created_?at|date|when)$/i,
  id: /^(?:id|uuid|event_?id|message_?id|event_?uuid)$/i,
  notValue: /(?:id|version|schema|seq|sequence|number|no|index|year|lat|latitude|lon|longitude)$/i,
};

interface Member {
  readonly path: readonly string[];
  readonly kinds: readonly Kind[];
  /** Of all lines, in their order. */
  readonly values: readonly unknown[];
  readonly distinct: number;
}

const valueAt = (event: unknown, path: readonly string[]): unknown =>
  path.reduce((at: unknown, name) => (at as Readonly<Record<string, unknown>>)[name], event);

/** The members that every event has, those in objects too; what may be null is none. */
const membersOf = (
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

const isOf = ({ kinds }: Member, ...wanted: readonly Kind[]): boolean =>
  kinds.every((kind) => wanted.includes(kind));

const textOf = ({ path }: Member): string => path.join('.');

/** In order of their scores, highest first; of equal ones the first in the sample. */
const ranked = (members: readonly Member[], score: (member: Member) => number): readonly Member[] =>
  members.toSorted((one, other) => score(other) - score(one));

/** What the members of a sample may be. */
export interface Candidates {
  readonly key: readonly string[];
  readonly time: readonly string[];
  /** Paths with dots. */
  readonly value: readonly string[];
  readonly id: readonly string[];
}

export interface Judged extends Candidates {
  /** From the flags, else the best candidates. */
  readonly roles: Roles;
}

const isTop = ({ path }: Member): boolean => path.length === 1;

const candidatesIn = (all: readonly Member[], { key, id }: WantedRoles): Candidates => {
  const top = all.filter(isTop);
  const isIdentity = (member: Member): boolean =>
    textOf(member) === id ||
    (member.distinct === member.values.length && likely.id.test(textOf(member)) && textOf(member) !== key);
  const ids = top.filter((member) => isOf(member, 'string', 'integer') && isIdentity(member));
  const keys = ranked(
    top.filter((member) => isOf(member, 'string', 'integer') && !ids.includes(member)),
    // An entity comes again, and is named as one.
    (member) =>
      (member.distinct < member.values.length ? 4 : 0) +
      (likely.key.test(textOf(member)) ? 3 : 0) +
      (isOf(member, 'string') ? 1 : 0) +
      // What is always the same, or one of two, is rather a property of events.
      (member.distinct > 2 ? 1 : 0),
  );
  const times = ranked(
    top.filter((member) => isOf(member, 'instant')),
    (member) => (likely.time.test(textOf(member)) ? 1 : 0),
  );
  const numbers = ranked(
    all.filter((member) => isOf(member, 'number', 'integer')),
    (member) =>
      (member.distinct > 1 ? 2 : 0) +
      (likely.notValue.test(textOf(member)) ? -2 : 0) +
      (isOf(member, 'number') ? 1 : 0),
  );
  return {
    // Where nothing else could be one, each event is an entity of its own.
    key: (keys.length === 0 ? ids : keys).map(textOf),
    time: times.map(textOf),
    value: numbers.map(textOf),
    id: ids.map(textOf),
  };
};

const hintOf = ({ path, values, kinds }: Member): string | undefined => {
  const [first] = values;
  const name = path.join('.');
  if (path.length > 1 && kinds.includes('instant')) return `${name} is a time, inside another member`;
  if (typeof first === 'number' && first > 1e9 && first < 1e14) return `${name} may be a time, as a number`;
  if (typeof first === 'string' && !kinds.includes('instant') && /^\d{4}-\d\d-\d\d/.test(first))
    return `${name} is a date or a time without its zone`;
  return undefined;
};

const noTime = (all: readonly Member[]): Problem => {
  const hints = all.map(hintOf).filter((hint) => hint !== undefined);
  return {
    path: '--time',
    got: `no member that is a time in every event${hints.length === 0 ? '' : `: ${hints.join('; ')}`}`,
    expected: 'one at the top level, RFC 3339 with a zone, such as "2026-01-05T08:00:00Z"',
    fix: 'have the producer send one; for a first try add it to the sample: jq -c \'. + {at: "2026-01-05T08:00:00Z"}\'',
  };
};

const lifted = (path: string): string => {
  const name = path
    .split('.')
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
  return `have the producer send it at the top level too; for a first try add it to the sample: jq -c '. + {${name}: .${path}}'`;
};

const noKey = (all: readonly Member[]): Problem => {
  const inner = all.filter((member) => !isTop(member) && isOf(member, 'string', 'integer')).map(textOf);
  return {
    path: '--key',
    got: `no member that could be the Kafka key${inner.length === 0 ? '' : `; ${inner.join(', ')} ${inner.length === 1 ? 'lies' : 'lie'} inside another member`}`,
    expected: 'one at the top level of every event, a string or an integer: what the event is about',
    fix: inner[0] === undefined ? 'have the producer send one' : lifted(inner[0]),
  };
};

/** What is wrong with a member that was named. */
const wrong = (role: keyof Roles, name: string, shape: Shape, candidates: Candidates): Problem => {
  const known = candidates[role];
  const outer = name.split('.')[0] ?? '';
  const isInner = role !== 'value' && name.includes('.') && shape.members.has(outer);
  const member = shape.members.get(name);
  const found =
    member === undefined
      ? 'which is no member of the events'
      : isRequired(shape, member)
        ? `which is ${kindsIn(member).join(' or ')} in the sample`
        : 'which some events lack';
  return {
    path: `--${role}`,
    got: `"${name}", ${isInner ? 'which lies inside another member: the contract reads it from the top level' : found}`,
    expected:
      known.length === 0
        ? `a member that can be the ${role}: this sample has none`
        : `one of ${known.join(', ')}`,
    fix: isInner ? lifted(name) : known.length === 0 ? 'leave it out' : 'name one of them',
  };
};

/**
 * Finds what the members of a sample are.
 *
 * @param wanted - what was named for a role goes before what is found
 * @throws {ConfigError} `INPUT_INVALID`: no key, no time, or something named that cannot serve
 */
export const judgeRoles = (shape: Shape, lines: readonly SampleLine[], wanted: WantedRoles): Judged => {
  const all = membersOf(shape, lines);
  const candidates = candidatesIn(all, wanted);
  const problems: Problem[] = [];
  // Somebody may say of any text or whole number that it is the id, or the key.
  const scalars = all.filter((member) => isTop(member) && isOf(member, 'string', 'integer')).map(textOf);
  const allowed: Candidates = { ...candidates, key: scalars, id: scalars };
  for (const role of ['key', 'time', 'value', 'id'] as const) {
    const name = wanted[role];
    if (name !== undefined && !allowed[role].includes(name)) problems.push(wrong(role, name, shape, allowed));
  }
  if (wanted.id !== undefined && wanted.id === wanted.key)
    problems.push({
      path: '--id',
      got: `"${wanted.id}", which is the key too`,
      expected: 'another member: of an entity all events but the first would be taken for duplicates',
      fix: 'leave --id out, or name another key',
    });
  const key = wanted.key ?? candidates.key[0];
  const time = wanted.time ?? candidates.time[0];
  if (key === undefined) problems.push(noKey(all));
  if (time === undefined) problems.push(noTime(all));
  if (problems.length > 0 || key === undefined || time === undefined) throw sampleRefused(problems);
  const id = wanted.id ?? candidates.id.find((name) => name !== key);
  const value = wanted.value ?? candidates.value.find((name) => name !== key && name !== id);
  return {
    ...candidates,
    roles: { key, time, id, value: all.find((member) => textOf(member) === value)?.path },
  };
};
