import fc from 'fast-check';
import { format } from 'oxfmt';
import { describe, expect, it } from 'vitest';
import { compileSchema, plainSchema } from '../../lib/adapters/schemas/schema-compiler.ts';
import { schemaText } from '../../lib/new/schema-text.ts';
import { sampleLines, schemaOf, shapeOfLines } from '../support/sample-lines.ts';

const names = fc.oneof(
  fc.constantFrom('a', 'b', 'id', 'date', 'type', 'x-y', "it's", 'with "quotes"', '9', 'é', ''),
  fc.string({ maxLength: 60 }).filter((name) => !(name in {})),
);
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom(
      '2026-01-05T08:00:00+01:00',
      '2026-02-30T00:00:00Z',
      '2026-01-05 08:00:00Z',
      '2016-12-31T23:59:60Z',
      '2026-01-05T24:00:00Z',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 5 }),
  ),
})).value;
/** Lines of a few members, so that they often share some. */
const samples = fc.array(fc.dictionary(names, values, { maxKeys: 6 }), { minLength: 1, maxLength: 8 });

describe('the schema that is inferred from any sample', () => {
  it('takes every line of it', () =>
    fc.assert(
      fc.property(samples, (events) => {
        const lines = sampleLines(...(JSON.parse(JSON.stringify(events)) as object[]));
        const isValid = compileSchema(plainSchema(schemaOf(shapeOfLines(lines)))).validate;
        for (const { event } of lines) expect(isValid(event), JSON.stringify(isValid.errors)).toBe(true);
      }),
    ));

  it('is written as the formatter would write it', () =>
    fc.assert(
      fc.asyncProperty(samples, async (events) => {
        const lines = sampleLines(...(JSON.parse(JSON.stringify(events)) as object[]));
        const text = `${schemaText(shapeOfLines(lines), 'Observed').join('\n\n')}\n`;
        const { code } = await format('event.ts', text, { singleQuote: true, printWidth: 110 });
        expect(text).toBe(code);
      }),
    ));
});
