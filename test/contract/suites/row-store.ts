import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../lib/core/digest.ts';
import type { RowStore, StoredRow } from '../../../lib/core/ports/stores.ts';
import { freshNames } from './fresh-names.ts';

export interface RowStoreSubject {
  readonly rows: RowStore;
  /** A second connection to the rows of the same pipeline. */
  another(): Promise<RowStore>;
  /** The rows of another pipeline in the same place. */
  ofAnotherPipeline(): Promise<RowStore>;
  close(): Promise<void>;
}

const row = (body: string): StoredRow => ({ body, digest: digestOf(body) });
const wrong = digestOf('never written');

/** What every row store must do, embedded or real. */
export const rowStoreSuite = (name: string, open: () => Promise<RowStoreSubject>): void => {
  describe(`${name}: a row store`, () => {
    let subject: RowStoreSubject;
    let rows: RowStore;
    const newEntity = freshNames('entity');
    const stored = async (entity: string, store = rows): Promise<StoredRow | undefined> => {
      const [answer] = await store.read([entity]);
      if (answer?.kind !== 'read') throw new Error(`expected an answer, got ${answer?.kind}`);
      return answer.value;
    };
    const kinds = async (...writes: Parameters<RowStore['write']>): Promise<readonly string[]> =>
      (await rows.write(...writes)).map(({ kind }) => kind);
    beforeAll(async () => {
      subject = await open();
      rows = subject.rows;
    });
    afterAll(() => subject.close());

    it('answers each entity in the order asked, undefined where there is no row', async () => {
      const [a, b] = [newEntity(), newEntity()];
      expect(
        await kinds([
          { entity: a, expected: null, row: row('{"a":1}') },
          { entity: b, expected: null, row: row('{"b":1}') },
        ]),
      ).toEqual(['applied', 'applied']);
      expect(await rows.read([b, newEntity(), a, b])).toEqual([
        { kind: 'read', value: row('{"b":1}') },
        { kind: 'read', value: undefined },
        { kind: 'read', value: row('{"a":1}') },
        { kind: 'read', value: row('{"b":1}') },
      ]);
      expect(await rows.read([])).toEqual([]);
      expect(await rows.write([])).toEqual([]);
    });

    it('makes a row only where there is none', async () => {
      const entity = newEntity();
      await rows.write([{ entity, expected: null, row: row('first') }]);
      expect(await kinds([{ entity, expected: null, row: row('second') }])).toEqual(['conflict']);
      expect(await stored(entity)).toEqual(row('first'));
    });

    it('replaces a row only where it is as it was read', async () => {
      const entity = newEntity();
      await rows.write([{ entity, expected: null, row: row('first') }]);
      expect(await kinds([{ entity, expected: wrong, row: row('lost') }])).toEqual(['conflict']);
      expect(await stored(entity)).toEqual(row('first'));
      expect(await kinds([{ entity, expected: digestOf('first'), row: row('second') }])).toEqual(['applied']);
      expect(await stored(entity)).toEqual(row('second'));
      expect(await kinds([{ entity, expected: digestOf('first'), row: row('late') }])).toEqual(['conflict']);
    });

    it('does not make a row where one was expected', async () => {
      const entity = newEntity();
      expect(await kinds([{ entity, expected: wrong, row: row('lost') }])).toEqual(['conflict']);
      expect(await stored(entity)).toBeUndefined();
    });

    it('lets a conflict stop only its own write', async () => {
      const [a, b, c] = [newEntity(), newEntity(), newEntity()];
      expect(
        await kinds([
          { entity: a, expected: null, row: row('a') },
          { entity: b, expected: wrong, row: row('b') },
          { entity: c, expected: null, row: row('c') },
        ]),
      ).toEqual(['applied', 'conflict', 'applied']);
      expect([await stored(a), await stored(b), await stored(c)]).toEqual([row('a'), undefined, row('c')]);
    });

    it('keeps any text of an entity and of a body', async () => {
      const text = fc.string({
        unit: fc.constantFrom('a', '\u0000', '\n', '"', '\\', '%', 'é', '한', '\u{1f6eb}'),
      });
      await fc.assert(
        fc.asyncProperty(text, text, async (label, body) => {
          const entity = `${newEntity()}-${label}`;
          await rows.write([{ entity, expected: null, row: row(body) }]);
          expect(await stored(entity)).toEqual(row(body));
        }),
        { numRuns: 50 },
      );
    });

    it('lets exactly one of several connections replace what they all read', async () => {
      const entity = newEntity();
      const stores = [rows, await subject.another(), await subject.another()];
      let before: StoredRow | null = null;
      for (let round = 0; round < 20; round += 1) {
        const expected: string | null = before?.digest ?? null;
        const answers = await Promise.all(
          stores.map((store, writer) => store.write([{ entity, expected, row: row(`${round}:${writer}`) }])),
        );
        const winners = answers.flatMap(([answer], writer) => (answer?.kind === 'applied' ? [writer] : []));
        expect(winners).toHaveLength(1);
        before = row(`${round}:${winners[0]}`);
        expect(await stored(entity, stores[(round + 1) % 3])).toEqual(before);
      }
    });

    it('keeps the rows of pipelines apart', async () => {
      const entity = newEntity();
      const others = await subject.ofAnotherPipeline();
      await rows.write([{ entity, expected: null, row: row('ours') }]);
      expect(await stored(entity, others)).toBeUndefined();
      expect(await others.write([{ entity, expected: null, row: row('theirs') }])).toEqual([
        { kind: 'applied' },
      ]);
      expect(await stored(entity)).toEqual(row('ours'));
    });
  });
};
