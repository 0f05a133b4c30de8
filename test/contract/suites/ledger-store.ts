import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerItem } from '../../../lib/core/ledger/item.ts';
import {
  claim,
  complete,
  fail,
  reclaim,
  release,
  reopen,
  takeOver,
  transitioned,
  type Transition,
} from '../../../lib/core/ledger/transitions.ts';
import type { LedgerStore } from '../../../lib/core/ports/stores.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { claimedItem, storedRecord, transitionOn } from '../../support/ledger-arbitrary.ts';
import { freshNames } from './fresh-names.ts';

export interface LedgerStoreSubject {
  readonly ledger: LedgerStore;
  /** A second connection to the same items. */
  another(): Promise<LedgerStore>;
  /** Items in the same place that are not these: of another pipeline, and of the same pipeline's other store. */
  others(): Promise<readonly LedgerStore[]>;
  close(): Promise<void>;
}

/** The transition, of an item under this key. */
const about = (key: string, transition: Transition): Transition =>
  'put' in transition.then ? { ...transition, then: { put: { ...transition.then.put, key } } } : transition;

/** What every store of claims and effects must do, embedded or real: whatever core's state table says, in one write. */
export const ledgerStoreSuite = (name: string, open: () => Promise<LedgerStoreSubject>): void => {
  describe(`${name}: a ledger store`, () => {
    let subject: LedgerStoreSubject;
    let ledger: LedgerStore;
    const newKey = freshNames('suite-key');
    const stored = async (key: string, store = ledger): Promise<LedgerItem | undefined> => {
      const [answer] = await store.read([key]);
      if (answer?.kind !== 'read') throw new Error(`expected an answer, got ${answer?.kind}`);
      return answer.value;
    };
    beforeAll(async () => {
      subject = await open();
      ledger = subject.ledger;
    });
    afterAll(() => subject.close());

    it('answers each key in the order asked, undefined where there is no item', async () => {
      const [a, b] = [claimedItem(newKey()), claimedItem(newKey(), { owner: 'owner-2' })];
      expect(await ledger.apply([a, b].map((item) => ({ key: item.key, transition: claim(item) })))).toEqual([
        { kind: 'applied', item: a },
        { kind: 'applied', item: b },
      ]);
      expect(await ledger.read([b.key, newKey(), a.key])).toEqual([
        { kind: 'read', value: b },
        { kind: 'read', value: undefined },
        { kind: 'read', value: a },
      ]);
      expect(await ledger.read([])).toEqual([]);
      expect(await ledger.apply([])).toEqual([]);
    });

    it('refuses what the condition does not allow, and says what stands there', async () => {
      const item = claimedItem(newKey());
      const { key } = item;
      const settled = { emits: [storedRecord('x')], expiresAt: null };
      expect(await ledger.apply([{ key, transition: complete('owner-1', settled) }])).toEqual([
        { kind: 'refused', item: undefined },
      ]);
      await ledger.apply([{ key, transition: claim(item) }]);
      expect(
        await ledger.apply([{ key, transition: claim(claimedItem(key, { owner: 'owner-2' })) }]),
      ).toEqual([{ kind: 'refused', item }]);
      expect(await ledger.apply([{ key, transition: complete('owner-2', settled) }])).toEqual([
        { kind: 'refused', item },
      ]);
      expect(await stored(key)).toEqual(item);
    });

    it('lets a refusal stop only its own write', async () => {
      const [a, b, c] = [claimedItem(newKey()), claimedItem(newKey()), claimedItem(newKey())];
      await ledger.apply([{ key: b.key, transition: claim(b) }]);
      const answers = await ledger.apply(
        [a, b, c].map((item) => ({ key: item.key, transition: claim(item) })),
      );
      expect(answers.map(({ kind }) => kind)).toEqual(['applied', 'refused', 'applied']);
      expect([await stored(a.key), await stored(b.key), await stored(c.key)]).toEqual([a, b, c]);
    });

    it('keeps the state table under any transitions, from any connection', async () => {
      const connections = [ledger, await subject.another()];
      const letters = ['k', 'l', 'm'] as const;
      const step = fc.record({
        connection: fc.nat(connections.length - 1),
        letters: fc.uniqueArray(fc.constantFrom(...letters), { minLength: 1, maxLength: 3 }),
        transitions: fc.tuple(transitionOn('k'), transitionOn('l'), transitionOn('m')),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const prefix = newKey();
          const keyOf = (letter: string): string => `${prefix}-${letter}`;
          const model = new Map<string, LedgerItem>();
          for (const { connection, letters: touched, transitions } of steps) {
            const writes = touched.map((letter) => {
              const key = keyOf(letter);
              return { key, transition: about(key, transitions[letters.indexOf(letter)] ?? transitions[0]) };
            });
            const expected = writes.map(({ key, transition }) => {
              const before = model.get(key);
              const after = transitioned(transition, before);
              if (after) model.set(key, after);
              return after ? { kind: 'applied', item: after } : { kind: 'refused', item: before };
            });
            expect(await connections[connection]?.apply(writes)).toEqual(expected);
          }
          for (const letter of letters) expect(await stored(keyOf(letter))).toEqual(model.get(keyOf(letter)));
        }),
        { numRuns: 100 },
      );
    });

    it('lets exactly one of several connections have a claim', async () => {
      const connections = [ledger, await subject.another(), await subject.another()];
      const keys = Array.from({ length: 20 }, newKey);
      const answers = await Promise.all(
        connections.map((connection, owner) =>
          connection.apply(
            keys.map((key) => ({ key, transition: claim(claimedItem(key, { owner: `owner-${owner}` })) })),
          ),
        ),
      );
      for (const [index, key] of keys.entries()) {
        const mine = answers.map((answer) => answer[index]);
        const item = await stored(key);
        expect(mine.filter((answer) => answer?.kind === 'applied')).toEqual([{ kind: 'applied', item }]);
        expect(mine.filter((answer) => answer?.kind !== 'applied')).toEqual([
          { kind: 'refused', item },
          { kind: 'refused', item },
        ]);
      }
    });

    it('lets exactly one of several connections take an expired claim over, and fences its old owner off', async () => {
      const connections = [ledger, await subject.another()];
      const item = claimedItem(newKey());
      const { key } = item;
      await ledger.apply([{ key, transition: claim(item) }]);
      const answers = await Promise.all(
        connections.map((connection, index) => {
          const claimant = { owner: `heir-${index}`, leaseUntil: epochMsOf(90_000) };
          const transition = takeOver({ owner: 'owner-1', alone: false }, claimant, true);
          return connection.apply([{ key, transition }]);
        }),
      );
      expect(answers.filter(([answer]) => answer?.kind === 'applied')).toHaveLength(1);
      const late = { key, transition: complete('owner-1', { emits: [], expiresAt: null }) };
      expect((await ledger.apply([late]))[0]?.kind).toBe('refused');
      expect(await stored(key)).toMatchObject({ state: 'CLAIMED', alone: true, maybeSent: true });
    });

    it('counts attempts over releases', async () => {
      const item = claimedItem(newKey());
      const { key } = item;
      const again = reclaim({ owner: 'owner-1', leaseUntil: epochMsOf(2) });
      const failed = release('owner-1', { failedAttempt: true, maybeSent: false });
      const unused = release('owner-1', { failedAttempt: false, maybeSent: false });
      for (const transition of [claim(item), failed, again, unused, again, failed]) {
        await ledger.apply([{ key, transition }]);
      }
      expect(await stored(key)).toMatchObject({ state: 'RELEASED', owner: null, attempts: 2 });
    });

    it('lists items by state, the oldest first attempt first', async () => {
      const firstAttempts = [7_003, 7_001, 7_002, 7_000];
      const items = firstAttempts.map((at) => claimedItem(newKey(), { firstAttempt: epochMsOf(at) }));
      await ledger.apply(items.map((item) => ({ key: item.key, transition: claim(item) })));
      const [, second, third, oldest] = items.map(({ key }) => key);
      const failure = fail('owner-1', { letter: storedRecord('letter'), reason: 'refused' });
      await ledger.apply([oldest, second, third].map((key) => ({ key: key ?? '', transition: failure })));
      const ours = async (states: readonly LedgerItem['state'][]): Promise<readonly string[]> =>
        (await ledger.list({ states, limit: 10_000 }))
          .map(({ key }) => key)
          .filter((key) => items.some((item) => item.key === key));
      expect(await ours(['FAILED'])).toEqual([oldest, second, third]);
      expect(await ours(['FAILED', 'CLAIMED'])).toEqual([oldest, second, third, items[0]?.key]);
      expect(await ours(['DONE'])).toEqual([]);
      const heir = { owner: 'owner-2', leaseUntil: epochMsOf(9_000) };
      const options = { now: epochMsOf(8_000), pastDeadline: false, work: undefined };
      await ledger.apply([{ key: oldest ?? '', transition: reopen({ redrive: 0 }, heir, options) }]);
      expect(await ours(['FAILED', 'CLAIMED'])).toEqual([second, third, items[0]?.key, oldest]);
      expect(await ledger.list({ states: [], limit: 10 })).toEqual([]);
      const limited = await ledger.list({ states: ['FAILED'], limit: 2 });
      expect(limited).toEqual((await ledger.list({ states: ['FAILED'], limit: 10_000 })).slice(0, 2));
    });

    it('keeps pipelines apart, and claims from effects', async () => {
      const item = claimedItem(newKey());
      await ledger.apply([{ key: item.key, transition: claim(item) }]);
      for (const [index, other] of (await subject.others()).entries()) {
        expect(await stored(item.key, other)).toBeUndefined();
        const theirs = claimedItem(item.key, { owner: `other-${index}` });
        expect(await other.apply([{ key: item.key, transition: claim(theirs) }])).toEqual([
          { kind: 'applied', item: theirs },
        ]);
        expect(await other.list({ states: ['CLAIMED'], limit: 10 })).toEqual([theirs]);
        expect(await stored(item.key, other)).toEqual(theirs);
      }
      expect(await stored(item.key)).toEqual(item);
    });
  });
};
