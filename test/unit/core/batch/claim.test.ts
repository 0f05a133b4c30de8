import { describe, expect, it } from 'vitest';
import {
  claimKeys,
  takeOverClaim,
  type ClaimRules,
  type KeyAnswer,
} from '../../../../lib/core/batch/claim.ts';
import type { Chained } from '../../../../lib/core/batch/decode.ts';
import type { LedgerItem } from '../../../../lib/core/ledger/item.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { claimedItem, storedRecord } from '../../../support/ledger-arbitrary.ts';
import { MemoryLedger } from '../../../support/memory-ports.ts';
import { arriving } from '../../../support/stage-records.ts';

const now = epochMsOf(1_000_000);
const retentionMs = 500_000;

const chained = (key: string, digest = 'd1', originAppend = now): Chained => ({
  arrival: { record: arriving(1), at: { topic: 't', topicId: 'i', partition: 0, offset: 1 }, epoch: 0 },
  key,
  digest,
  originAppend: epochMsOf(originAppend),
  envelope: undefined,
  content: { kind: 'data', data: null },
});

const bench = (different: Partial<ClaimRules> = {}) => {
  const ledger = new MemoryLedger();
  let tokens = 0;
  const rules: ClaimRules = {
    ledger,
    clock: { now: () => now, timer: () => ({ elapsed: Promise.resolve(), cancel: () => {} }) },
    random: { token: () => `token-${(tokens += 1)}` },
    deadline: epochMsOf(now + 30_000),
    redrive: undefined,
    keyRetentionMs: retentionMs,
    policy: 'keyed',
    freeze: () => ({ kind: 'run', request: '{"today":1}' }),
    holdFor: () => undefined,
    doubtLetter: () => storedRecord('doubt'),
    ...different,
  };
  const claim = async (...records: readonly [Chained, ...Chained[]]): Promise<KeyAnswer | undefined> =>
    (await claimKeys([{ key: records[0].key, records }], rules)).get(records[0].key);
  const store = (more: Partial<LedgerItem>): LedgerItem => {
    ledger.only = claimedItem('k', more);
    return ledger.only;
  };
  return { ledger, rules, claim, store };
};

const gone = { owner: 'gone', leaseUntil: now };

describe('a key that nobody knows', () => {
  it('is claimed with one write, and what today’s functions say is frozen with it', async () => {
    const { claim, ledger } = bench();
    const answer = await claim(chained('k'));
    expect(answer).toMatchObject({ kind: 'held', held: { owner: 'token-1' } });
    expect(ledger.calls).toEqual([['claim']]);
    expect(ledger.only).toEqual(
      claimedItem('k', {
        owner: 'token-1',
        leaseUntil: epochMsOf(now + 31_000),
        firstAttempt: now,
        originAppend: now,
        work: { kind: 'run', request: '{"today":1}' },
      }),
    );
  });

  it('is claimed beside all others of the batch, in one call', async () => {
    const { rules, ledger } = bench();
    const groups = ['a', 'b', 'c'].map((key) => ({ key, records: [chained(key)] as const }));
    const answers = await claimKeys(groups, rules);
    expect([...answers.values()].map(({ kind }) => kind)).toEqual(['held', 'held', 'held']);
    expect(ledger.calls).toEqual([['claim', 'claim', 'claim']]);
    expect(new Set([...ledger.items.values()].map(({ owner }) => owner)).size).toBe(3);
  });

  it('is not claimed past the horizon: nobody can tell any more', async () => {
    const { claim, ledger } = bench();
    expect(await claim(chained('k', 'd1', epochMsOf(now - retentionMs - 1)))).toMatchObject({
      kind: 'letter',
      reason: 'horizon',
    });
    expect(ledger.calls).toEqual([]);
    expect(await claim(chained('k', 'd1', epochMsOf(now - retentionMs)))).toMatchObject({ kind: 'held' });
  });

  it('is not claimed while its work must wait', async () => {
    const { claim, ledger } = bench({ holdFor: () => ({ cause: 'paused', waitMs: 7 }) });
    expect(await claim(chained('k'))).toMatchObject({ kind: 'retry', cause: 'paused', waitMs: 7 });
    expect(ledger.calls).toEqual([]);
  });
});

describe('a key that somebody knows', () => {
  it.each(['DONE', 'SUPPRESSED', 'IN_DOUBT', 'FAILED'] as const)(
    'and that is %s answers for itself, whatever its age and whatever must wait',
    async (state) => {
      const { claim, store, rules } = bench({ holdFor: () => ({ cause: 'paused', waitMs: 7 }) });
      const item = store({ state, owner: null, leaseUntil: null });
      expect(await claim(chained('k', 'd1', epochMsOf(0)))).toEqual({ kind: 'stored', item, isNew: false });
      expect(rules.redrive).toBe(undefined);
    },
  );

  it('under another payload is a conflict, in every state', async () => {
    for (const state of ['CLAIMED', 'RELEASED', 'DONE', 'FAILED', 'IN_DOUBT', 'SUPPRESSED'] as const) {
      const { claim, store } = bench();
      store({ state });
      expect(await claim(chained('k', 'other'))).toEqual({ kind: 'conflict' });
    }
  });

  it('is worked on for the record whose payload is the claim’s', async () => {
    const { claim, store } = bench();
    store({ state: 'RELEASED', owner: null, leaseUntil: null });
    const answer = await claim(chained('k', 'other'), chained('k'));
    expect(answer).toMatchObject({ kind: 'held', held: { chained: { digest: 'd1' } } });
  });

  it('and that is RELEASED is claimed again, with the work that was frozen', async () => {
    const { claim, store } = bench();
    store({ state: 'RELEASED', owner: null, leaseUntil: null, attempts: 3 });
    expect(await claim(chained('k'))).toMatchObject({
      held: { item: { state: 'CLAIMED', attempts: 3, work: { request: '{"n":1}' } } },
    });
  });

  it('and that is RELEASED is not claimed before the downstream asked to be tried again', async () => {
    const { claim, store, ledger } = bench();
    store({ state: 'RELEASED', owner: null, leaseUntil: null, notBefore: epochMsOf(now + 7_000) });
    expect(await claim(chained('k'))).toMatchObject({ kind: 'retry', cause: 'transient', waitMs: 7_000 });
    store({ state: 'RELEASED', owner: null, leaseUntil: null, notBefore: now });
    expect(await claim(chained('k'))).toMatchObject({ kind: 'held' });
    expect(ledger.only?.state).toBe('CLAIMED');
  });

  it('and that is RELEASED is not claimed while its work must wait', async () => {
    const { claim, store } = bench({ holdFor: () => ({ cause: 'limited', waitMs: 9 }) });
    store({ state: 'RELEASED', owner: null, leaseUntil: null });
    expect(await claim(chained('k'))).toMatchObject({ kind: 'retry', cause: 'limited', waitMs: 9 });
  });
});

describe('the claim of somebody else', () => {
  it('is waited for while its lease is live', async () => {
    const { claim, store, ledger } = bench();
    store({ owner: 'other', leaseUntil: epochMsOf(now + 5_000) });
    expect(await claim(chained('k'))).toMatchObject({ kind: 'retry', cause: 'in-flight', waitMs: 5_000 });
    expect(ledger.only.owner).toBe('other');
  });

  it('is suspect when its lease is over: left for the end of the batch, to be run alone', async () => {
    const { claim, store, ledger } = bench();
    store(gone);
    expect(await claim(chained('k'))).toMatchObject({ kind: 'suspect' });
    expect(ledger.only.owner).toBe('gone');
  });

  it('that was armed and is over is in doubt, and new', async () => {
    const { claim, store } = bench({ policy: 'at-most-once' });
    store({ ...gone, armedBy: 'gone' });
    expect(await claim(chained('k'))).toMatchObject({
      kind: 'stored',
      isNew: true,
      item: { state: 'IN_DOUBT', letter: storedRecord('doubt') },
    });
  });

  it('that only an owner before had armed is suspect', async () => {
    const { claim, store } = bench({ policy: 'at-most-once' });
    store({ ...gone, armedBy: 'long-gone' });
    expect(await claim(chained('k'))).toMatchObject({ kind: 'suspect' });
  });
});

describe('writes without an answer', () => {
  it('are sent again, and then "duplicate" with our own token is success', async () => {
    const { claim, ledger } = bench();
    ledger.fault = (_, count) => (count === 0 ? 'lost' : undefined);
    expect(await claim(chained('k'))).toMatchObject({ kind: 'held', held: { owner: 'token-1' } });
    expect(ledger.calls).toEqual([['claim'], ['claim']]);
  });

  it('are sent again once, and then left to the lease', async () => {
    const { claim, ledger } = bench();
    ledger.fault = () => 'lost';
    expect(await claim(chained('k'))).toMatchObject({ kind: 'retry', cause: 'store-unavailable' });
    expect(ledger.calls).toEqual([['claim'], ['claim']]);
  });

  it('are no success with a token that is ours but whose request was answered', async () => {
    const { claim, ledger } = bench();
    ledger.before = () => {
      ledger.only = claimedItem('k', { owner: 'token-1', leaseUntil: epochMsOf(now + 9_000) });
    };
    expect(await claim(chained('k'))).toMatchObject({ kind: 'retry', cause: 'in-flight', waitMs: 9_000 });
  });

  it('leave other keys of the batch alone', async () => {
    const { rules, ledger } = bench();
    ledger.fault = ({ key }) => (key === 'b' ? 'down' : undefined);
    const answers = await claimKeys(
      ['a', 'b', 'c'].map((key) => ({ key, records: [chained(key)] as const })),
      rules,
    );
    expect([...answers.values()].map(({ kind }) => kind)).toEqual(['held', 'retry', 'held']);
  });

  it('or reads without one, answer nothing', async () => {
    const { claim, ledger } = bench({ redrive: { number: 1, pastDeadline: false, topicId: 'i' } });
    ledger.readFault = () => true;
    expect(await claim(chained('k'))).toMatchObject({ kind: 'retry', cause: 'store-unavailable' });
  });
});

describe('taking over', () => {
  const suspectOf = (item: LedgerItem) => ({ item, chained: chained('k') });

  it('is ours under a new token, alone, and may have been sent by whoever vanished', async () => {
    const { rules, store } = bench();
    expect(await takeOverClaim(suspectOf(store(gone)), rules)).toMatchObject({
      kind: 'held',
      held: { owner: 'token-1', item: { owner: 'token-1', alone: true, maybeSent: true, attempts: 0 } },
    });
  });

  it.each(['model', 'at-most-once'] as const)('leaves nothing in doubt under %s', async (policy) => {
    const { rules, store } = bench({ policy });
    expect(await takeOverClaim(suspectOf(store(gone)), rules)).toMatchObject({
      held: { item: { maybeSent: false } },
    });
  });

  it('leaves a claim that somebody else took over, and emits what it came to', async () => {
    const { rules, store } = bench();
    const suspect = suspectOf(store(gone));
    store({ owner: 'heir', leaseUntil: epochMsOf(now + 9_000) });
    expect(await takeOverClaim(suspect, rules)).toMatchObject({ kind: 'retry', cause: 'in-flight' });
    const done = store({ state: 'DONE', owner: null, leaseUntil: null });
    expect(await takeOverClaim(suspect, rules)).toEqual({ kind: 'stored', item: done, isNew: false });
  });

  it('is tried twice where there is no answer', async () => {
    const { rules, store, ledger } = bench();
    ledger.fault = (_, count) => (count === 0 ? 'lost' : undefined);
    expect(await takeOverClaim(suspectOf(store(gone)), rules)).toMatchObject({ kind: 'held' });
    ledger.fault = () => 'down';
    expect(await takeOverClaim(suspectOf(ledger.only), rules)).toMatchObject({ cause: 'store-unavailable' });
  });
});

describe('a redrive', () => {
  const redrive = { number: 3, pastDeadline: true, topicId: 'i' };
  const failed = { state: 'FAILED', owner: null, leaseUntil: null, redrive: 2 } as const;

  it('reopens the failure before its number', async () => {
    const { claim, store } = bench({ redrive });
    store(failed);
    expect(await claim(chained('k'))).toMatchObject({
      held: { item: { redrive: 3, pastDeadline: true, work: { request: '{"n":1}' } } },
    });
  });

  it.each([0, 1, 3])('leaves failure %i alone', async (number) => {
    const { claim, store } = bench({ redrive });
    const item = store({ ...failed, redrive: number });
    expect(await claim(chained('k'))).toEqual({ kind: 'stored', item, isNew: false });
  });

  it('looks before it claims what nobody knows, and goes on with what it began', async () => {
    const { claim, ledger, store } = bench({ redrive });
    expect(await claim(chained('k'))).toMatchObject({ kind: 'held' });
    expect(ledger.calls).toEqual([['claim']]);
    store({ state: 'RELEASED', owner: null, leaseUntil: null, redrive: 3 });
    expect(await claim(chained('k'))).toMatchObject({ held: { item: { redrive: 3 } } });
  });

  it('waits with what must wait', async () => {
    const { claim, store } = bench({ redrive, holdFor: () => ({ cause: 'paused', waitMs: 0 }) });
    const item = store(failed);
    expect(await claim(chained('k'))).toEqual({ kind: 'retry', cause: 'paused', waitMs: 0, item });
  });
});
