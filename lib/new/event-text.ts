import type { Baseline } from './baseline.ts';
import { arrow, literal, memberName, memberOf, numberText } from './code.ts';
import type { Roles } from './roles.ts';
import { schemaText } from './schema-text.ts';
import { kindsIn, type Shape } from './shape.ts';

const isText = (shape: Shape, member: string): boolean => {
  const inner = shape.members.get(member);
  return inner !== undefined && kindsIn(inner).every((kind) => kind === 'string' || kind === 'instant');
};

/** A member as a text, whatever it is in the data. */
const asText = (shape: Shape, member: string): string =>
  isText(shape, member) ? memberOf('event', member) : `String(${memberOf('event', member)})`;

/**
 * event.ts: the schema of an event, and what its members are.
 *
 * @param lib - where the engine is, from the pipeline's folder: `../../lib/`
 */
export const eventText = (shape: Shape, { key, time, value, id }: Roles, lib: string): string => {
  const watched =
    value === undefined
      ? arrow(
          'export const valueOf = (event: Observed): number',
          `new Date(${memberOf('event', time)}).getUTCHours()`,
        )
      : arrow('export const valueOf = (event: Observed): number', value.reduce(memberOf, 'event'));
  const identity =
    id === undefined
      ? arrow('export const idOf = (event: Observed): string', 'digestOf(canonicalJson(event))')
      : arrow('export const idOf = (event: Observed): string', asText(shape, id));
  const constants = schemaText(shape, 'Observed');
  return [
    "import { Type, type Static } from 'typebox';",
    ...(id === undefined ? [`import { canonicalJson, digestOf } from '${lib}core/digest.ts';`] : []),
    '',
    ...constants.slice(0, -1).flatMap((constant) => [constant, '']),
    '/** An event as the sample shows it. It is open: a member that the sample does not have is let through. */',
    ...constants.slice(-1),
    'export type Observed = Static<typeof Observed>;',
    '',
    '/** What an event is about: it has the Kafka key and a row of its own. */',
    arrow('export const entityOf = (event: Observed): string', asText(shape, key)),
    '',
    '/** When it happened. */',
    arrow('export const timeOf = (event: Observed): string', memberOf('event', time)),
    '',
    value === undefined
      ? '/** The number that is watched: events have none, so it is the hour of the day, UTC. */'
      : '/** The number that is watched. */',
    watched,
    '',
    id === undefined
      ? '/** What tells one event from all others: its content, for no member does. Equal events are duplicates, and dropped. */'
      : '/** What tells one event from all others: a second one of the same identity is a duplicate, and dropped. */',
    identity,
    '',
  ].join('\n');
};

export const baselineText = ({ mean, deviation }: Baseline): string =>
  [
    '/** Mean and standard deviation of the watched number in the sample. Put what you know of your domain in their place. */',
    `export const baseline = { mean: ${numberText(mean)}, deviation: ${numberText(deviation)} };`,
    '',
  ].join('\n');

/** `sensor: entity,`, or the members of an inner object around it. */
const assigned = (
  path: readonly string[],
  from: string,
  value: string,
  indent: string,
): readonly string[] => {
  const [name = '', ...rest] = path;
  if (rest.length === 0) return [`${indent}${memberName(name)}: ${value},`];
  const inner = memberOf(from, name);
  return [
    `${indent}${memberName(name)}: {`,
    `${indent}  ...${inner},`,
    ...assigned(rest, inner, value, `${indent}  `),
    `${indent}},`,
  ];
};

/** test/sample.ts of the template with the members of an event. */
export const sampleText = (template: string, shape: Shape, { key, time, value, id }: Roles): string => {
  const watched =
    value === undefined
      ? [`  ${memberName(time)}: \`2026-01-05T\${String(value).padStart(2, '0')}:00:00Z\`,`]
      : assigned(value, 'first', 'value', '  ');
  const made = id !== undefined && isText(shape, id) ? '`made-${(made += 1)}`' : '(made += 1)';
  const named = template
    .replace('  sensor: entity,', () => `  ${memberName(key)}: entity,`)
    .replace('  celsius: value,', () => watched.join('\n'))
    .replace("['one', 'other'] as const", (entities) => (isText(shape, key) ? entities : '[1, 2] as const'));
  return id === undefined
    ? named
        .replace('let made = 0;\n\n', '')
        .replace('this entity, this value and an identity of its own', 'this entity and this value')
        .replace('  id: `made-${(made += 1)}`,\n', '')
    : named.replace('  id: `made-${(made += 1)}`,', () => `  ${memberName(id)}: ${made},`);
};

/** The contract of the template with the members of an event. */
export const contractText = (template: string, { key, time, id }: Roles): string => {
  const text = template
    .replace("key: 'sensor',", () => `key: ${literal(key)},`)
    .replace("time: 'at',", () => `time: ${literal(time)},`);
  if (id !== undefined) return text.replace("id: 'id',", () => `id: ${literal(id)},`);
  return text.replace(
    / {4}\/\/ The producer sends plain JSON[^]*? {4}\},\n/,
    [
      '    // Events come with CloudEvents headers. Of plain JSON, `identify` would name the member that tells events apart;',
      '    // without either it is the place in the log, which a migration changes.',
      '',
    ].join('\n'),
  );
};
