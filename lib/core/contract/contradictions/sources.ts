import type { TSchema } from 'typebox';
import type { Problem } from '../../errors.ts';
import { got, isPlain } from '../form/form.ts';
import type { ResolvedContract, ResolvedSource } from '../resolved.ts';

interface Member {
  readonly schema: unknown;
  readonly required: boolean;
}

/** A member of an object schema, or of an intersection of some. */
const memberOf = (schema: unknown, name: string): Member | undefined => {
  if (!isPlain(schema)) return undefined;
  const parts: readonly unknown[] = Array.isArray(schema['allOf']) ? schema['allOf'] : [];
  const properties = isPlain(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) && schema['required'].includes(name);
  const own = Object.hasOwn(properties, name) ? { schema: properties[name], required } : undefined;
  const found = [own, ...parts.map((part) => memberOf(part, name))].filter((member) => member !== undefined);
  const [first] = found;
  return first && { schema: first.schema, required: found.some((member) => member.required) };
};

/** The JSON types a schema lets through; `undefined` where it does not say. */
const typesOf = (schema: unknown): readonly string[] | undefined => {
  if (!isPlain(schema)) return undefined;
  if ('const' in schema) return [typeof schema['const']];
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => typeof value);
  if (typeof schema['type'] === 'string') return [schema['type']];
  if (Array.isArray(schema['type'])) return schema['type'].map(String);
  if (!Array.isArray(schema['anyOf'])) return undefined;
  const variants = schema['anyOf'].map(typesOf);
  return variants.every((types) => types !== undefined) ? variants.flat() : undefined;
};

/** What the data must hold for the engine to read it: by role, the member's name and the types that serve. */
interface Demand {
  readonly role: string;
  readonly member: string;
  readonly types: readonly string[];
  readonly as: string;
}

const scalars = ['string', 'number', 'integer'];

const demandsOf = ({ key, time, identify }: ResolvedSource): readonly Demand[] => [
  { role: 'key', member: key, types: scalars, as: 'a string or a number' },
  { role: 'time', member: time, types: ['string'], as: 'an RFC 3339 string' },
  ...(identify
    ? [{ role: 'identify.id', member: identify.id, types: scalars, as: 'a string or a number' }]
    : []),
  ...(identify?.type === undefined
    ? []
    : [{ role: 'identify.type', member: identify.type, types: ['string'], as: 'a string' }]),
  ...(identify?.publishedAt === undefined
    ? []
    : [
        {
          role: 'identify.publishedAt',
          member: identify.publishedAt,
          types: ['string'],
          as: 'an RFC 3339 string',
        },
      ]),
];

const demandProblem = (demand: Demand, event: string, schema: TSchema, path: string): Problem | undefined => {
  const member = memberOf(schema, demand.member);
  const types = member && typesOf(member.schema);
  if (member?.required && (types === undefined || types.every((type) => demand.types.includes(type))))
    return undefined;
  const found = !member
    ? 'has no such member'
    : member.required
      ? `has it as ${types?.join(' or ')}`
      : 'has it optional';
  return {
    path: `${path}.${demand.role}`,
    got: `${got(demand.member)}, but event "${event}" ${found}`,
    expected: `a required member of every event, ${demand.as}`,
    fix: `add it to the schema of "${event}", or name another member`,
  };
};

const problemsOf = (source: ResolvedSource, path: string): readonly Problem[] => {
  const events = Object.entries(source.events);
  const problems: Problem[] = [];
  if (events.length === 0)
    problems.push({
      path: `${path}.events`,
      got: 'no event types',
      expected: 'at least one event type and its schema',
      fix: 'list what the topic carries',
    });
  for (const demand of demandsOf(source))
    for (const [event, schema] of events) {
      const problem = demandProblem(demand, event, schema, path);
      if (problem) problems.push(problem);
    }
  if (source.identify && source.identify.type === undefined && events.length > 1)
    problems.push({
      path: `${path}.identify.type`,
      got: `nothing, and ${events.length} event types`,
      expected: 'the member of the data that tells the event types apart',
      fix: 'name it',
    });
  if (source.identify?.source === '')
    problems.push({
      path: `${path}.identify.source`,
      got: '""',
      expected: 'a constant URI reference, such as /shop/orders',
      fix: 'name who produces these events',
    });
  return problems;
};

/** Schemas that do not hold what the engine reads from the data: the key, the event time, the identity. */
export const sourceProblems = (resolved: ResolvedContract): readonly Problem[] => [
  ...problemsOf(resolved.source, 'source'),
  ...Object.entries(resolved.context).flatMap(([name, context]) =>
    problemsOf(context.source, `context.${name}.source`),
  ),
];
