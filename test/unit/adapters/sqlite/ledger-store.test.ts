import { beforeEach, expect, it } from 'vitest';
import type { SqliteLedgerStore } from '../../../../lib/adapters/sqlite/ledger-store.ts';
import type { LedgerItem } from '../../../../lib/core/ledger/item.ts';
import { claim, complete, release } from '../../../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { claimedItem, storedRecord } from '../../../support/ledger-arbitrary.ts';
import { temporaryEmbeddedFolder, type EmbeddedFolder } from '../../../support/embedded-folder.ts';

const now = epochMsOf(Date.parse('2026-01-01T00:00:00Z'));
const later = epochMsOf(now + 30_000);

let state: EmbeddedFolder;
let claims: SqliteLedgerStore;
beforeEach(() => {
  state = temporaryEmbeddedFolder();
  claims = state.open().claims;
});

const put = async (ledger: SqliteLedgerStore, key: string, leaseUntil = later): Promise<LedgerItem> => {
  const item = claimedItem(key, { leaseUntil });
  await ledger.apply([{ key, transition: claim(item) }]);
  return item;
};
const stored = async (ledger: SqliteLedgerStore, key: string): Promise<unknown> =>
  (await ledger.read([key]))[0];

it('ends the leases that still run, and changes nothing else of a claim', async () => {
  const running = await put(claims, 'running');
  const over = await put(claims, 'over', epochMsOf(now - 1));
  expect(await claims.endLeases(now)).toBe(1);
  expect(await stored(claims, 'running')).toEqual({ kind: 'read', value: { ...running, leaseUntil: now } });
  expect(await stored(claims, 'over')).toEqual({ kind: 'read', value: over });
  expect(await claims.endLeases(now)).toBe(0);
});

it('leaves every other state, the other store and other pipelines alone', async () => {
  const { effects } = state.open();
  const others = state.open('other').claims;
  const items = [await put(claims, 'done'), await put(claims, 'released')];
  await claims.apply([
    {
      key: 'done',
      transition: complete(items[0]?.owner ?? '', { emits: [storedRecord('x')], expiresAt: null }),
    },
    {
      key: 'released',
      transition: release(items[1]?.owner ?? '', { failedAttempt: false, maybeSent: false }),
    },
  ]);
  const [done, released] = [await stored(claims, 'done'), await stored(claims, 'released')];
  const [effect, other] = [await put(effects, 'a'), await put(others, 'a')];
  expect(await claims.endLeases(now)).toBe(0);
  expect([await stored(claims, 'done'), await stored(claims, 'released')]).toEqual([done, released]);
  expect([await stored(effects, 'a'), await stored(others, 'a')]).toEqual([
    { kind: 'read', value: effect },
    { kind: 'read', value: other },
  ]);
});

it('counts its items by state', async () => {
  expect(await claims.countByState()).toEqual({});
  const { owner } = await put(claims, 'a');
  await put(claims, 'b');
  await put(claims, 'c');
  await put(state.open('other').claims, 'd');
  await claims.apply([{ key: 'a', transition: complete(owner ?? '', { emits: [], expiresAt: null }) }]);
  expect(await claims.countByState()).toEqual({ CLAIMED: 2, DONE: 1 });
});

it('counts items in some states, up to a limit', async () => {
  expect(await claims.count({ states: ['CLAIMED'], limit: 9 })).toBe(0);
  const { owner } = await put(claims, 'a');
  for (const key of ['b', 'c']) await put(claims, key);
  await put(state.open('other').claims, 'd');
  await claims.apply([{ key: 'a', transition: complete(owner ?? '', { emits: [], expiresAt: null }) }]);
  expect(await claims.count({ states: ['CLAIMED'], limit: 9 })).toBe(2);
  expect(await claims.count({ states: ['CLAIMED', 'DONE'], limit: 9 })).toBe(3);
  expect(await claims.count({ states: ['CLAIMED', 'DONE'], limit: 2 })).toBe(2);
  expect(await claims.count({ states: [], limit: 9 })).toBe(0);
});

it('drops items whose time to live has passed, and keeps those that have none, and the others’', async () => {
  const times = { 'for ever': null, gone: epochMsOf(500), young: epochMsOf(501) } as const;
  for (const [key, expiresAt] of Object.entries(times)) {
    const { owner } = await put(claims, key);
    await claims.apply([{ key, transition: complete(owner ?? '', { emits: [], expiresAt }) }]);
  }
  const others = state.open('other').claims;
  const theirs = claimedItem('gone', { expiresAt: epochMsOf(1) });
  await others.apply([{ key: theirs.key, transition: claim(theirs) }]);
  expect(await claims.expire(epochMsOf(500))).toBe(1);
  const answers = await claims.read(['for ever', 'gone', 'young']);
  expect(answers.map((answer) => answer.kind === 'read' && answer.value?.state)).toEqual([
    'DONE',
    undefined,
    'DONE',
  ]);
  expect(await stored(others, 'gone')).toEqual({ kind: 'read', value: theirs });
});
