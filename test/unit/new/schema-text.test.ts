import { describe, expect, it } from 'vitest';
import { schemaText } from '../../../lib/new/schema-text.ts';
import { mixturesIn } from '../../../lib/new/shape.ts';
import { sampleLines, shapeOfLines } from '../../support/sample-lines.ts';

const textOf = (...events: readonly object[]): string =>
  schemaText(shapeOfLines(sampleLines(...events)), 'Observed').join('\n');
const mixtures = (...events: readonly object[]) => mixturesIn(shapeOfLines(sampleLines(...events)));

describe('the schema of a sample', () => {
  it('tells whole numbers from others, times from texts, and what is missing or null', () => {
    expect(
      textOf(
        { a: 1, b: 1, c: 'x', d: '2026-01-05T08:00:00Z', e: null, f: true },
        { a: 2, b: 1.5, c: '2026-01-05T08:00:00Z', d: '2026-01-05T08:00:00.5+01:00', e: 1, g: null },
      ),
    ).toMatchInlineSnapshot(`
      "export const Observed = Type.Object({
        a: Type.Integer(),
        b: Type.Number(),
        c: Type.String(),
        d: Type.String({ format: 'date-time' }),
        e: Type.Union([Type.Integer(), Type.Null()]),
        f: Type.Optional(Type.Boolean()),
        g: Type.Optional(Type.Unknown()),
      });"
    `);
  });

  it('gives objects in objects a name of their own, that hides nothing and is there once', () => {
    expect(
      textOf({
        date: { day: 1 },
        type: { id: 'x' },
        'shipping-address': { geo: { lat: 1.5 } },
        billing: { geo: { zone: 'a' } },
        9: { x: {} },
      }),
    ).toMatchInlineSnapshot(`
      "const X = Type.Object({});
      const Part9 = Type.Object({
        x: X,
      });
      const DatePart = Type.Object({
        day: Type.Integer(),
      });
      const Type2 = Type.Object({
        id: Type.String(),
      });
      const Geo = Type.Object({
        lat: Type.Number(),
      });
      const ShippingAddress = Type.Object({
        geo: Geo,
      });
      const Geo2 = Type.Object({
        zone: Type.String(),
      });
      const Billing = Type.Object({
        geo: Geo2,
      });
      export const Observed = Type.Object({
        '9': Part9,
        date: DatePart,
        type: Type2,
        'shipping-address': ShippingAddress,
        billing: Billing,
      });"
    `);
  });

  it('takes the items of all arrays together', () => {
    expect(
      textOf(
        { none: [], lines: [{ sku: 'a' }], deep: [[1], []] },
        { none: [], lines: [{ sku: 'b', n: 1 }], deep: [] },
      ),
    ).toMatchInlineSnapshot(`
      "const LinesItem = Type.Object({
        sku: Type.String(),
        n: Type.Optional(Type.Integer()),
      });
      export const Observed = Type.Object({
        none: Type.Array(Type.Unknown()),
        lines: Type.Array(LinesItem),
        deep: Type.Array(Type.Array(Type.Integer())),
      });"
    `);
  });

  it('breaks a line that is too long as the formatter does', () => {
    const name = 'aVeryLongNameOfAMemberThatLeavesNoRoomForItsSchemaOnOneLine';
    expect(textOf({ [name]: 'x' }, { [name]: 1.5 }, { [name]: null }, {})).toMatchInlineSnapshot(`
      "export const Observed = Type.Object({
        aVeryLongNameOfAMemberThatLeavesNoRoomForItsSchemaOnOneLine: Type.Optional(
          Type.Union([Type.String(), Type.Number(), Type.Null()]),
        ),
      });"
    `);
  });
});

describe('mixed shapes', () => {
  it('are found where they are, with the lines of each kind', () => {
    expect(
      mixtures(
        { at: 'x', customer: { id: 1 }, tags: ['a'] },
        { at: 'y', customer: { id: 'c-1' }, tags: ['a', 1] },
        { at: 'z', customer: 'ada', tags: [] },
      ),
    ).toEqual([
      {
        path: 'customer',
        kinds: [
          { kind: 'object', lines: [1, 2] },
          { kind: 'string', lines: [3] },
        ],
      },
      {
        path: 'customer.id',
        kinds: [
          { kind: 'string', lines: [2] },
          { kind: 'integer', lines: [1] },
        ],
      },
      {
        path: 'tags[]',
        kinds: [
          { kind: 'string', lines: [1, 2] },
          { kind: 'integer', lines: [2] },
        ],
      },
    ]);
  });

  it('are none of null, of whole and other numbers, of times and other texts', () => {
    expect(
      mixtures(
        { a: null, b: 1, c: '2026-01-05T08:00:00Z' },
        { a: 1, b: 1.5, c: 'soon' },
        { a: null, b: null },
      ),
    ).toEqual([]);
  });
});
