import { epochMsOf, parseInstant, toIso } from '../core/units.ts';
import { seededRandom } from '../core/seeded-random.ts';
import { baselineOf } from './baseline.ts';
import type { SampleLine } from './read-sample.ts';
import type { Roles } from './roles.ts';
import { instantIn } from './shape.ts';

type Event = Readonly<Record<string, unknown>>;

/** So many lines are enough to see a pipeline work. */
const enoughLines = 200;
const entitiesAtLeast = 6;
/** One event of so many is far from what is usual. */
const unusualEvery = 25;
const unusualBy = 9;
const stepMs = 60_000;
/** After it a year has more than the four digits of RFC 3339. */
const lastInstant = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const isObject = (value: unknown): value is Event =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const timeOf = ({ event }: Pick<SampleLine, 'event'>, { time }: Roles): number =>
  parseInstant(String(event[time])) ?? 0;

/** The next of a kind: `freezer-3` → `freezer-4`, 17 → 18, `ada` → `ada-2`. */
const following = (entity: unknown, by: number): unknown => {
  if (typeof entity === 'number') return entity + by;
  const [, stem = '', digits] = /^(.*?)(\d{1,9})?$/s.exec(String(entity)) ?? [];
  return digits === undefined ? `${stem}-${by + 1}` : `${stem}${Number(digits) + by}`;
};

/** Those of the sample, and made-up ones where they are few. */
const entitiesOf = (lines: readonly SampleLine[], { key }: Roles): readonly unknown[] => {
  const entities = new Set(lines.map(({ event }) => event[key]));
  const last = [...entities].at(-1);
  for (let by = 1; entities.size < entitiesAtLeast; by += 1) entities.add(following(last, by));
  return [...entities];
};

const decimalsOf = (value: number): number => /\.(\d+)$/.exec(String(value))?.[1]?.length ?? 0;

/** An event with another value at a path. */
const withValueAt = (event: Event, [name = '', ...rest]: readonly string[], value: unknown): Event => {
  const inner = event[name];
  return { ...event, [name]: rest.length > 0 && isObject(inner) ? withValueAt(inner, rest, value) : value };
};

/** Every time of an event so much later; one that has no later one, such as 9999-12-31 for "never", stays. */
const later = (value: unknown, byMs: number): unknown => {
  if (Array.isArray(value)) return value.map((item: unknown) => later(item, byMs));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, later(member, byMs)]));
  const at = typeof value === 'string' ? instantIn(value) : undefined;
  return at === undefined || at + byMs > lastInstant ? value : toIso(epochMsOf(at + byMs));
};

/** Between events of the sample, as a rule. */
const usualStepMs = (times: readonly number[]): number => {
  const gaps = times
    .toSorted((one, other) => one - other)
    .flatMap((time, index, all) => (index === 0 ? [] : [time - (all[index - 1] ?? time)]))
    .filter((gap) => gap > 0)
    .toSorted((one, other) => one - other);
  return gaps[Math.floor(gaps.length / 2)] ?? stepMs;
};

/**
 * Events in the shape of a sample, made up, to follow it: what there is to play where the sample is short. The same sample and
 * seed give the same events. One in 25 has a watched number that is far from what is usual.
 */
export const grownFrom = (lines: readonly SampleLine[], roles: Roles, seed: number): readonly Event[] => {
  const random = seededRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const entities = entitiesOf(lines, roles);
  const times = lines.map((line) => timeOf(line, roles));
  const lastMs = Math.max(...times);
  const step = usualStepMs(times);
  const { mean, deviation } = baselineOf(lines, roles);
  const sampled = lines.map(({ event }) =>
    roles.value?.reduce((at: unknown, name) => (at as Event)[name], event),
  );
  const numbers = sampled.filter((value) => typeof value === 'number');
  const decimals = Math.min(6, Math.max(0, ...numbers.map(decimalsOf)));
  const isNeverNegative = numbers.every((value) => value >= 0);
  const ids = lines.map(({ event }) => event[roles.id ?? '']);
  const numericIds = ids.filter((id) => typeof id === 'number');

  const valueFor = (index: number): number => {
    // The sum of three is nearly normal.
    const noise = (random() + random() + random() - 1.5) * 2;
    const far = index % unusualEvery === unusualEvery - 1 ? unusualBy : 0;
    const value = Number((mean + deviation * (noise + far)).toFixed(decimals));
    return isNeverNegative ? Math.max(0, value) : value;
  };
  const idFor = (index: number): unknown =>
    numericIds.length > 0 ? Math.max(...numericIds) + 1 + index : `generated-${index + 1}`;

  return Array.from({ length: Math.max(0, enoughLines - lines.length) }, (_, index) => {
    const { event } = pick(lines);
    const at = lastMs + (index + 1) * step;
    const shifted = later(event, at - timeOf({ event }, roles)) as Event;
    const entity = pick(entities);
    const valued = roles.value === undefined ? shifted : withValueAt(shifted, roles.value, valueFor(index));
    return {
      ...valued,
      [roles.key]: entity,
      ...(roles.id === undefined ? {} : { [roles.id]: idFor(index) }),
    };
  });
};
