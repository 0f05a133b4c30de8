import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecidedBook, type Decided } from '../../../../lib/local/report/decided.ts';

const decided: fc.Arbitrary<Decided | undefined> = fc.option(
  fc.record({
    score: fc.double({ noNaN: true }),
    acted: fc.boolean(),
    positive: fc.option(fc.boolean(), { nil: undefined }),
  }),
  { nil: undefined },
);

const sorted = (lines: Iterable<unknown>): readonly string[] =>
  [...lines].map((line) => JSON.stringify(line)).toSorted();

describe('the book of decisions', () => {
  it('is a map by identity, of which it keeps numbers alone', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), decided)), (entries) => {
        const book = new DecidedBook();
        const model = new Map<string, Decided | undefined>();
        for (const [identity, value] of entries) {
          expect(book.has(identity)).toBe(model.has(identity));
          book.set(identity, value);
          model.set(identity, value);
        }
        expect(book.size).toBe(model.size);
        for (const [identity, value] of model) expect(book.scoreOf(identity)).toBe(value?.score);
        expect(sorted(book.judged())).toEqual(
          sorted(
            [...model.values()]
              .filter((value) => value?.positive !== undefined)
              .map((value) => ({ score: value?.score, acted: value?.acted, positive: value?.positive })),
          ),
        );
      }),
    );
  });

  it('loses none while it grows', () => {
    const book = new DecidedBook();
    const many = Array.from({ length: 20_000 }, (_, index) => `urn:flights#${index}`);
    for (const [index, identity] of many.entries())
      book.set(identity, { score: index, acted: index % 3 === 0, positive: index % 2 === 0 });
    expect(book.size).toBe(many.length);
    expect(many.filter((identity, index) => book.scoreOf(identity) !== index)).toEqual([]);
    const judged = [...book.judged()];
    expect(judged.length).toBe(many.length);
    expect(judged.filter(({ score, acted }) => acted !== (score % 3 === 0))).toEqual([]);
    expect(judged.filter(({ score, positive }) => positive !== (score % 2 === 0))).toEqual([]);
  });

  it('knows nothing of an identity that never came', () => {
    const book = new DecidedBook();
    book.set('one', undefined);
    expect([book.has('two'), book.scoreOf('two'), book.scoreOf('one'), [...book.judged()]]).toEqual([
      false,
      undefined,
      undefined,
      [],
    ]);
  });
});
