import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../lib/core/digest.ts';
import type { ContextStore, Observation } from '../../../lib/core/ports/stores.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { freshNames } from './fresh-names.ts';

export interface ContextStoreSubject {
  readonly context: ContextStore;
  /** The context of another pipeline in the same place. */
  ofAnotherPipeline(): Promise<ContextStore>;
  close(): Promise<void>;
}

const newName = freshNames('name');

export const seen = (
  context: string,
  key: string,
  at: number,
  [epoch, offset]: readonly [number, number] = [1, at],
): Observation => {
  const body = JSON.stringify({ context, key, at, epoch, offset });
  const id = `${epoch}/${offset}`;
  return { context, key, eventTime: epochMsOf(at), epoch, offset, id, digest: digestOf(body), body };
};

const newestOf =
  (store: () => ContextStore) =>
  async (context: string, key: string, at: number, from = store()): Promise<Observation | undefined> => {
    const [answer] = await from.newest([{ context, key, at: epochMsOf(at) }]);
    if (answer?.kind !== 'read') throw new Error(`expected an answer, got ${answer?.kind}`);
    return answer.value;
  };

/** What every context store must do, embedded or real. */
export const contextStoreSuite = (name: string, open: () => Promise<ContextStoreSubject>): void => {
  describe(`${name}: a context store`, () => {
    let subject: ContextStoreSubject;
    let store: ContextStore;
    const newest = newestOf(() => store);
    beforeAll(async () => {
      subject = await open();
      store = subject.context;
    });
    afterAll(() => subject.close());

    it('answers the newest observation that is not after the time asked for', async () => {
      const [context, key] = [newName(), newName()];
      const [early, late] = [seen(context, key, 100), seen(context, key, 200)];
      expect(await store.observe([late, early])).toEqual([{ kind: 'applied' }, { kind: 'applied' }]);
      expect(await newest(context, key, 99)).toBeUndefined();
      expect(await newest(context, key, 100)).toEqual(early);
      expect(await newest(context, key, 199)).toEqual(early);
      expect(await newest(context, key, 200)).toEqual(late);
      expect(await newest(context, key, 10_000)).toEqual(late);
    });

    it('answers each query in the order asked', async () => {
      const [context, a, b] = [newName(), newName(), newName()];
      await store.observe([seen(context, a, 5), seen(context, b, 6)]);
      const at = epochMsOf(10);
      expect(
        await store.newest([
          { context, key: b, at },
          { context, key: newName(), at },
          { context, key: a, at },
        ]),
      ).toEqual([
        { kind: 'read', value: seen(context, b, 6) },
        { kind: 'read', value: undefined },
        { kind: 'read', value: seen(context, a, 5) },
      ]);
      expect(await store.newest([])).toEqual([]);
      expect(await store.observe([])).toEqual([]);
    });

    it('keeps contexts, keys and pipelines apart', async () => {
      const [context, key] = [newName(), newName()];
      const others = await subject.ofAnotherPipeline();
      await store.observe([seen(context, key, 100)]);
      expect(await newest(newName(), key, 100)).toBeUndefined();
      expect(await newest(context, newName(), 100)).toBeUndefined();
      expect(await newest(context, key, 100, others)).toBeUndefined();
    });

    it('keeps the highest epoch and offset of one key and event time', async () => {
      const [context, key] = [newName(), newName()];
      const of = (epoch: number, offset: number): Observation => seen(context, key, 100, [epoch, offset]);
      const kind = async (one: Observation): Promise<string | undefined> =>
        (await store.observe([one]))[0]?.kind;
      expect(await kind(of(1, 50))).toBe('applied');
      expect(await kind(of(1, 49))).toBe('conflict');
      expect(await newest(context, key, 100)).toEqual(of(1, 50));
      expect(await kind(of(1, 51))).toBe('applied');
      expect(await kind(of(2, 3))).toBe('applied');
      expect(await kind(of(1, 60))).toBe('conflict');
      expect(await newest(context, key, 100)).toEqual(of(2, 3));
      expect(await kind(of(2, 3))).toBe('applied');
      expect(await newest(context, key, 100)).toEqual(of(2, 3));
    });

    it('lets a conflict stop only its own observation, and takes observations of one call in their order', async () => {
      const [context, key] = [newName(), newName()];
      const at = (offset: number): Observation => seen(context, key, 100, [1, offset]);
      const answers = await store.observe([at(5), at(3), at(6), seen(context, key, 200)]);
      expect(answers.map(({ kind }) => kind)).toEqual(['applied', 'conflict', 'applied', 'applied']);
      expect(await newest(context, key, 100)).toEqual(at(6));
    });

    it('keeps offsets beyond 2^31', async () => {
      const [context, key] = [newName(), newName()];
      const far = seen(context, key, 100, [1, 2 ** 40 + 1]);
      await store.observe([far]);
      expect((await store.observe([seen(context, key, 100, [1, 2 ** 40])]))[0]?.kind).toBe('conflict');
      expect(await newest(context, key, 100)).toEqual(far);
    });

    it('answers as a scan over everything observed would, in whatever order it came', async () => {
      const times = fc.array(fc.record({ at: fc.nat(20), offset: fc.nat(5) }), { maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(times, fc.nat(22), async (observed, asked) => {
          const [context, key] = [newName(), newName()];
          const all = observed.map(({ at, offset }) => seen(context, key, at, [1, offset]));
          await store.observe(all);
          const expected = all
            .filter(({ eventTime }) => eventTime <= asked)
            .toSorted((a, b) => b.eventTime - a.eventTime || b.offset - a.offset)[0];
          expect(await newest(context, key, asked)).toEqual(expected);
        }),
        { numRuns: 50 },
      );
    });
  });
};

/** What a context store must do beside, whose items have no time to live of their own. */
export const forgettingContextSuite = (name: string, open: () => Promise<ContextStoreSubject>): void => {
  describe(`${name}: a context store that is told to forget`, () => {
    let subject: ContextStoreSubject;
    let store: ContextStore;
    const newest = newestOf(() => store);
    beforeAll(async () => {
      subject = await open();
      store = subject.context;
    });
    afterAll(() => subject.close());

    it('forgets what is older than the history before the newest of its key, and nothing else', async () => {
      const [context, other, a, b] = [newName(), newName(), newName(), newName()];
      const others = await subject.ofAnotherPipeline();
      await store.observe([100, 150, 199, 200, 300].map((at) => seen(context, a, at)));
      await store.observe([seen(context, b, 10), seen(other, a, 10), seen(other, a, 1_000)]);
      await others.observe([seen(context, a, 10), seen(context, a, 1_000)]);
      expect(await store.forget(context, 100)).toBe(3);
      expect(await newest(context, a, 199)).toBeUndefined();
      expect(await newest(context, a, 200)).toEqual(seen(context, a, 200));
      expect(await newest(context, b, 10)).toEqual(seen(context, b, 10));
      expect(await newest(other, a, 10)).toEqual(seen(other, a, 10));
      expect(await newest(context, a, 10, others)).toEqual(seen(context, a, 10));
      expect(await store.forget(context, 100)).toBe(0);
    });
  });
};
