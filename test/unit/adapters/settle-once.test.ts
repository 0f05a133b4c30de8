import { afterEach, describe, expect, it, vi } from 'vitest';
import { coalescingLedger } from '../../../lib/adapters/coalescing-ledger.ts';
import { powertoolsOnce } from '../../../lib/adapters/powertools-idempotency.ts';
import { settleOnce } from '../../../lib/core/batch/settle-once.ts';
import { ConfigError } from '../../../lib/core/errors.ts';
import type { LedgerItem } from '../../../lib/core/ledger/item.ts';
import * as table from '../../../lib/core/ledger/transitions.ts';
import type { SettleOnce } from '../../../lib/core/ports/stage-ports.ts';
import type { LedgerStore } from '../../../lib/core/ports/stores.ts';
import { claimedItem, storedRecord } from '../../support/ledger-arbitrary.ts';
import { MemoryLedger } from '../../support/memory-ports.ts';

const settled = { emits: [storedRecord('decision')], expiresAt: null };
const complete = table.complete('owner-1', settled);
const letter = storedRecord('letter');

const subjects: readonly (readonly [string, (claims: LedgerStore) => SettleOnce])[] = [
  ['the plain form', settleOnce],
  ['Powertools’ idempotency', powertoolsOnce],
  ['Powertools’ idempotency over gathered writes', (claims) => powertoolsOnce(coalescingLedger(claims))],
];

describe.each(subjects)('settling once, by %s', (_, subjectOf) => {
  const bench = (more: Partial<LedgerItem> = {}) => {
    const claims = new MemoryLedger();
    const item = claimedItem('a key with spaces: "€"', more);
    claims.only = item;
    return { claims, item, once: subjectOf(claims), held: { item, owner: 'owner-1' } };
  };

  it('runs the body once, and writes the transition it asks for', async () => {
    const { claims, once, held } = bench();
    let runs = 0;
    const written = await once(held, async () => {
      runs += 1;
      return complete;
    });
    expect(runs).toBe(1);
    expect(written).toEqual({ kind: 'applied', item: claims.only });
    expect(claims.only).toMatchObject({ state: 'DONE', emits: settled.emits, revision: 1 });
    expect(claims.calls).toEqual([['complete']]);
  });

  it.each([
    ['a release', table.release('owner-1', { failedAttempt: true, maybeSent: false }), 'RELEASED'],
    ['a failure', table.fail('owner-1', { letter, reason: 'refused' }), 'FAILED'],
    ['a suppression', table.suppress('owner-1', { ...settled, reason: 'late' }), 'SUPPRESSED'],
  ])('writes %s as what it is, and never as completed', async (_name, transition, state) => {
    const { claims, once, held } = bench();
    expect(await once(held, async () => transition)).toEqual({ kind: 'applied', item: claims.only });
    expect(claims.only.state).toBe(state);
    expect(claims.only.attempts).toBe(state === 'RELEASED' ? 1 : 0);
  });

  it('may be asked again after a release: nothing is remembered beside the store', async () => {
    const { claims, once, held } = bench();
    await once(held, async () => table.release('owner-1', { failedAttempt: true, maybeSent: false }));
    const again = table.transitioned(
      table.reclaim({ owner: 'owner-2', leaseUntil: claims.only.firstAttempt }),
      claims.only,
    );
    if (!again) throw new Error('a released claim can be claimed');
    claims.only = again;
    let runs = 0;
    const written = await once({ item: again, owner: 'owner-2' }, async () => {
      runs += 1;
      return table.complete('owner-2', settled);
    });
    expect([runs, written.kind]).toEqual([1, 'applied']);
  });

  it('says who won where the claim was lost, and changes nothing of theirs', async () => {
    const { claims, once, held } = bench();
    const theirs = claimedItem(held.item.key, { state: 'DONE', owner: null, leaseUntil: null, revision: 1 });
    claims.only = theirs;
    expect(await once(held, async () => complete)).toEqual({ kind: 'refused', item: theirs });
    expect(claims.only).toEqual(theirs);
  });

  it('says that nothing stands there any more', async () => {
    const { claims, once, held } = bench();
    claims.items.clear();
    expect(await once(held, async () => complete)).toEqual({ kind: 'refused', item: undefined });
  });

  it('tries an unanswered write once more', async () => {
    const { claims, once, held } = bench();
    claims.fault = (_write, count) => (count === 0 ? 'down' : undefined);
    expect((await once(held, async () => complete)).kind).toBe('applied');
    expect(claims.calls).toEqual([['complete'], ['complete']]);
  });

  it('says that the store does not answer, and leaves the claim to its lease', async () => {
    const { claims, once, held, item } = bench();
    claims.fault = () => 'down';
    expect((await once(held, async () => complete)).kind).toBe('unavailable');
    expect(claims.only).toEqual(item);
    expect(claims.calls).toEqual([['complete'], ['complete']]);
  });

  it('keeps calls side by side apart', async () => {
    const claims = new MemoryLedger();
    const items = ['a', 'b', 'c'].map((key) => claimedItem(key, { owner: `owner-${key}` }));
    for (const item of items) claims.items.set(item.key, item);
    const once = subjectOf(claims);
    const written = await Promise.all(
      items.map((item) =>
        once({ item, owner: `owner-${item.key}` }, async () => {
          await Promise.resolve();
          return table.complete(`owner-${item.key}`, { emits: [storedRecord(item.key)], expiresAt: null });
        }),
      ),
    );
    expect(written.map((one) => one.kind === 'applied' && one.item.emits)).toEqual(
      items.map(({ key }) => [storedRecord(key)]),
    );
  });
});

describe('Powertools’ idempotency', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each(['true', '1'])('switched off by the environment (%s) is a bad configuration', (value) => {
    vi.stubEnv('POWERTOOLS_IDEMPOTENCY_DISABLED', value);
    expect(() => powertoolsOnce(new MemoryLedger())).toThrow(ConfigError);
    expect(() => powertoolsOnce(new MemoryLedger())).toThrow(/POWERTOOLS_IDEMPOTENCY_DISABLED/);
  });

  it('does not delete a claim whose body breaks its word and throws', async () => {
    const claims = new MemoryLedger();
    const item = claimedItem('k');
    claims.only = item;
    const once = powertoolsOnce(claims);
    await expect(
      once({ item, owner: 'owner-1' }, () => Promise.reject(new Error('a bug'))),
    ).rejects.toMatchObject({ cause: { code: 'STATE_TABLE_BROKEN' } });
    expect(claims.only).toEqual(item);
  });

  it('takes a key that is missing for an error, and not for "not idempotent"', async () => {
    const claims = new MemoryLedger();
    const item = claimedItem('');
    claims.only = item;
    let runs = 0;
    await expect(
      powertoolsOnce(claims)({ item, owner: 'owner-1' }, async () => {
        runs += 1;
        return complete;
      }),
    ).rejects.toMatchObject({ cause: { message: expect.stringMatching(/No data found/) as string } });
    expect(runs).toBe(0);
  });
});
