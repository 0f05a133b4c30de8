import type { Problem } from '../core/errors.ts';
import { isOf, isTop, roleNames, textOf, type Chosen, type Member } from './members.ts';
import { isRequired, kindsIn, type Shape } from './shape.ts';

/** What whole numbers have that name nothing: see {@link isRounded}. */
export const roundedText = 'whole numbers of 2^53 and beyond, which lose their last digits';
const asText = 'have the producer send it as a text';

const hintOf = ({ path, values, kinds }: Member): string | undefined => {
  const [first] = values;
  const name = path.join('.');
  if (path.length > 1 && kinds.includes('instant')) return `${name} is a time, inside another member`;
  if (typeof first === 'number' && first > 1e9 && first < 1e14) return `${name} may be a time, as a number`;
  if (typeof first === 'string' && !kinds.includes('instant') && /^\d{4}-\d\d-\d\d/.test(first))
    return `${name} is a date or a time without its zone`;
  return undefined;
};

export const noTime = (all: readonly Member[]): Problem => {
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

export const noKey = (all: readonly Member[], [rounded]: readonly string[]): Problem => {
  const inner = all.filter((member) => !isTop(member) && isOf(member, 'string', 'integer')).map(textOf);
  const found = [
    'no member that could be the Kafka key',
    ...(inner.length === 0
      ? []
      : [`${inner.join(', ')} ${inner.length === 1 ? 'lies' : 'lie'} inside another member`]),
    ...(rounded === undefined ? [] : [`${rounded} has ${roundedText}`]),
  ];
  return {
    path: '--key',
    got: found.join('; '),
    expected: 'one at the top level of every event, a string or an integer: what the event is about',
    fix:
      rounded === undefined
        ? inner[0] === undefined
          ? 'have the producer send one'
          : lifted(inner[0])
        : asText,
  };
};

/**
 * What is wrong with a member that was named.
 *
 * @param known - those that could be named
 * @param rounded - those that could be, did their whole numbers not lose digits
 */
export const wrong = (
  role: keyof Chosen,
  name: string,
  shape: Shape,
  { known, rounded }: { readonly known: readonly string[]; readonly rounded: readonly string[] },
): Problem => {
  const outer = name.split('.')[0] ?? '';
  const isInner = role !== 'value' && name.includes('.') && shape.members.has(outer);
  const isInexact = role !== 'time' && rounded.includes(name);
  const member = shape.members.get(name);
  const found =
    member === undefined
      ? 'which is no member of the events'
      : isInexact
        ? `which has ${roundedText}`
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
    fix: isInner
      ? lifted(name)
      : isInexact
        ? asText
        : known.length === 0
          ? 'leave it out'
          : 'name one of them',
  };
};

/** What is wrong with a member that is to be two things at once. */
export const doubled = (chosen: Chosen): readonly Problem[] =>
  roleNames.flatMap((role, index) => {
    const name = chosen[role];
    const first = roleNames.slice(0, index).find((other) => name !== undefined && chosen[other] === name);
    if (first === undefined) return [];
    return [
      {
        path: `--${role}`,
        got: `"${name}", which is the ${first} too`,
        expected:
          role === 'id' && first === 'key'
            ? 'another member: of an entity all events but the first would be taken for duplicates'
            : 'a member of its own for each',
        fix: `leave --${role} out, or name another ${first}`,
      },
    ];
  });
