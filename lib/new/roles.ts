import type { Problem } from '../core/errors.ts';
import {
  isName,
  isOf,
  isRounded,
  isTop,
  membersOf,
  roleNames,
  textOf,
  type Chosen,
  type Member,
} from './members.ts';
import { sampleRefused, type SampleLine } from './read-sample.ts';
import { doubled, noKey, noTime, wrong } from './role-problems.ts';
import type { Shape } from './shape.ts';

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
  /** Members that are nothing for now: their whole numbers lose digits. */
  readonly rounded: readonly string[];
}

/** As it was named, else the best candidate that is nothing else yet. */
export const chosenAmong = (candidates: Candidates, wanted: WantedRoles): Chosen => {
  const isFree = (name: string): boolean => name !== wanted.value && name !== wanted.id;
  // Where the only one is taken it is refused, as what is named twice.
  const key = wanted.key ?? candidates.key.find(isFree) ?? candidates.key[0];
  const id = wanted.id ?? candidates.id.find((name) => name !== key && name !== wanted.value);
  return {
    key,
    time: wanted.time ?? candidates.time[0],
    value: wanted.value ?? candidates.value.find((name) => name !== key && name !== id),
    id,
  };
};

const candidatesIn = (all: readonly Member[], { key, id }: WantedRoles): Candidates => {
  const isIdentity = (member: Member): boolean =>
    textOf(member) === id ||
    (member.distinct === member.values.length && likely.id.test(textOf(member)) && textOf(member) !== key);
  const names = all.filter(isName);
  const ids = names.filter(isIdentity);
  const keys = ranked(
    names.filter((member) => !ids.includes(member)),
    // An entity comes again, and is named as one.
    (member) =>
      (member.distinct < member.values.length ? 4 : 0) +
      (likely.key.test(textOf(member)) ? 3 : 0) +
      (isOf(member, 'string') ? 1 : 0) +
      // What is always the same, or one of two, is rather a property of events.
      (member.distinct > 2 ? 1 : 0),
  );
  const times = ranked(
    all.filter((member) => isTop(member) && isOf(member, 'instant')),
    (member) => (likely.time.test(textOf(member)) ? 1 : 0),
  );
  const numbers = ranked(
    all.filter((member) => isOf(member, 'number', 'integer') && !isRounded(member)),
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

/**
 * Finds what the members of a sample are.
 *
 * @param wanted - what was named for a role goes before what is found
 * @throws {ConfigError} `SAMPLE_INVALID`: no key, no time, or something named that cannot serve
 */
export const judgeRoles = (shape: Shape, lines: readonly SampleLine[], wanted: WantedRoles): Judged => {
  const all = membersOf(shape, lines);
  const candidates = candidatesIn(all, wanted);
  // Somebody may say of any text or whole number that it is the id, or the key, and of any number that it is watched.
  const names = all.filter(isName).map(textOf);
  const numbers = all.filter((member) => isOf(member, 'number', 'integer')).map(textOf);
  const allowed: Candidates = {
    ...candidates,
    key: names,
    value: [...new Set([...candidates.value, ...numbers])],
    id: names,
  };
  const rounded = all.filter((member) => isTop(member) && isRounded(member)).map(textOf);
  const problems: Problem[] = [];
  for (const role of roleNames) {
    const name = wanted[role];
    if (name !== undefined && !allowed[role].includes(name))
      problems.push(wrong(role, name, shape, { known: allowed[role], rounded }));
  }
  const chosen = chosenAmong(candidates, wanted);
  const { key, time, value, id } = chosen;
  problems.push(...doubled(chosen));
  if (key === undefined) problems.push(noKey(all, rounded));
  if (time === undefined) problems.push(noTime(all));
  if (problems.length > 0 || key === undefined || time === undefined) throw sampleRefused(problems);
  const path = all.find((member) => textOf(member) === value)?.path;
  return { ...candidates, roles: { key, time, id, value: path }, rounded };
};
