import fc from 'fast-check';

const membersOf = (schema: object, name: string): Readonly<Record<string, object>> =>
  ((schema as Record<string, unknown>)[name] ?? {}) as Readonly<Record<string, object>>;

const strings = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);

const wellFormed = (schema: object): fc.Arbitrary<unknown> => {
  if ('const' in schema) return fc.constant(schema.const);
  if ('enum' in schema) return fc.constantFrom(...(schema.enum as unknown[]));
  if ('anyOf' in schema) return fc.oneof(...(schema.anyOf as object[]).map(nearly));
  switch ('type' in schema ? schema.type : undefined) {
    case 'string':
      return strings;
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'integer':
      return fc.integer({ min: -100, max: 100 });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array('items' in schema ? nearly(schema.items as object) : fc.jsonValue(), { maxLength: 6 });
    case 'object': {
      const named = fc.record(
        Object.fromEntries(
          Object.entries(membersOf(schema, 'properties')).map(([name, inner]) => [name, nearly(inner)]),
        ),
        { requiredKeys: [] },
      );
      const patterned = fc.oneof(
        ...Object.values(membersOf(schema, 'patternProperties')).map((inner) =>
          fc.dictionary(fc.string(), nearly(inner)),
        ),
        fc.constant({}),
      );
      return fc.tuple(patterned, named).map(([free, fixed]) => ({ ...free, ...fixed }));
    }
    default:
      return fc.jsonValue();
  }
};

/** JSON values of the shape of a schema, some of them wrong somewhere: what a validator has to tell apart. */
export const nearly = (schema: object): fc.Arbitrary<unknown> =>
  fc.oneof(
    { arbitrary: wellFormed(schema), weight: 12 },
    { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 },
  );
