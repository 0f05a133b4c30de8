import { describe, expect, it } from 'vitest';
import { endingsOf, type Ending } from '../../../../lib/core/batch/endings.ts';
import type { Held, KeyAnswer } from '../../../../lib/core/batch/claim.ts';
import type { Chained } from '../../../../lib/core/batch/decode.ts';
import { ranOf, type Ran } from '../../../../lib/core/batch/settle.ts';
import type { RunOutcome } from '../../../../lib/core/batch/outcome.ts';
import type { LedgerItem } from '../../../../lib/core/ledger/item.ts';
import type { LedgerWritten } from '../../../../lib/core/ports/stores.ts';
import { storedRecord as asStored } from '../../../../lib/core/ledger/stored-record.ts';
import { verdictLabel } from '../../../../lib/core/verdict.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { claimedItem, storedRecord } from '../../../support/ledger-arbitrary.ts';
import { arriving } from '../../../support/stage-records.ts';

const chained = (offset: number, digest = 'd1'): Chained => {
  const record = arriving(offset);
  return {
    arrival: { record, at: { topic: 't', topicId: 'i', partition: 0, offset }, epoch: 0 },
    key: 'k',
    digest,
    originAppend: epochMsOf(0),
    envelope: undefined,
    content: { kind: 'data', data: null },
  };
};

const settled = (state: LedgerItem['state'], reason: string | null = null): LedgerItem =>
  claimedItem('k', { state, owner: null, leaseUntil: null, emits: [storedRecord('stored')], reason });

const first = chained(1);
const held: Held = { chained: first, item: claimedItem('k'), owner: 'owner-1' };

const letterOf = (record: Chained, reason: string) =>
  storedRecord(`${reason} at ${record.arrival.at.offset}`);

const told = (ending: Ending | undefined) =>
  ending && {
    offsets: ending.records.map(({ arrival }) => arrival.at.offset),
    verdict: verdictLabel(ending.verdict),
    emits: ending.emits.map((record) => asStored(record).value?.slice(0, -2)),
    isNew: ending.isNew,
  };

const endings = (answer: KeyAnswer, ran?: Ran, records: readonly [Chained, ...Chained[]] = [first]) =>
  endingsOf({ key: 'k', records }, answer, ran, letterOf).map(told);

const done: RunOutcome = { kind: 'done', emits: [storedRecord('our own')] };
const ranWith = (written: LedgerWritten, outcome: RunOutcome = done): Ran =>
  ranOf(held, outcome, written, 0, epochMsOf(0));
const heldAnswer: KeyAnswer = { kind: 'held', held };

describe('the records of a key', () => {
  it.each([
    ['DONE', null, 'done'],
    ['SUPPRESSED', 'late', 'suppressed(late)'],
    ['FAILED', 'refused', 'dead-lettered(refused)'],
    ['IN_DOUBT', 'unknown-outcome', 'in-doubt'],
  ] as const)('that is %s are answered with what is stored', (state, reason, verdict) => {
    expect(endings({ kind: 'stored', item: settled(state, reason), isNew: false })).toEqual([
      { offsets: [1], verdict, emits: ['stored'], isNew: false },
    ]);
  });

  it('that this batch settled are new', () => {
    expect(endings(heldAnswer, ranWith({ kind: 'applied', item: settled('DONE') }))).toEqual([
      { offsets: [1], verdict: 'done', emits: ['stored'], isNew: true },
    ]);
    expect(endings({ kind: 'stored', item: settled('IN_DOUBT'), isNew: true })[0]).toMatchObject({
      verdict: 'in-doubt',
      isNew: true,
    });
  });

  it('all take the verdict of the first, and its emission once', () => {
    const answer: KeyAnswer = { kind: 'stored', item: settled('DONE'), isNew: false };
    expect(endings(answer, undefined, [first, chained(2), chained(9)])).toEqual([
      { offsets: [1, 2, 9], verdict: 'done', emits: ['stored'], isNew: false },
    ]);
  });

  it('with another payload are conflicts, each with a letter of its own', () => {
    const answer: KeyAnswer = { kind: 'stored', item: settled('DONE'), isNew: false };
    const conflict = (offset: number) => ({
      offsets: [offset],
      verdict: 'dead-lettered(identity-conflict)',
      emits: [`identity-conflict at ${offset}`],
      isNew: true,
    });
    expect(endings(answer, undefined, [chained(1, 'other'), chained(2), chained(3, 'third')])).toEqual([
      { offsets: [2], verdict: 'done', emits: ['stored'], isNew: false },
      conflict(1),
      conflict(3),
    ]);
    expect(endings({ kind: 'conflict' })).toEqual([conflict(1)]);
    const inFlight: KeyAnswer = { kind: 'retry', cause: 'in-flight', waitMs: 9, item: claimedItem('k') };
    expect(endings(inFlight, undefined, [first, chained(2, 'other')]).map((one) => one?.verdict)).toEqual([
      'retry(in-flight)',
      'dead-lettered(identity-conflict)',
    ]);
  });

  it('past the horizon are a letter for each payload', () => {
    const answer: KeyAnswer = { kind: 'letter', reason: 'horizon', message: 'too old' };
    const verdict = 'dead-lettered(horizon)';
    expect(endings(answer, undefined, [first, chained(2, 'other'), chained(3)])).toEqual([
      { offsets: [1, 3], verdict, emits: ['horizon at 1'], isNew: true },
      { offsets: [2], verdict, emits: ['horizon at 2'], isNew: true },
    ]);
  });

  it.each<readonly [string, KeyAnswer, Ran | undefined, string]>([
    [
      'whose claim is waited for',
      { kind: 'retry', cause: 'paused', waitMs: 5, item: undefined },
      undefined,
      'retry(paused)',
    ],
    [
      'whose result is not known to be frozen',
      heldAnswer,
      ranWith({ kind: 'unavailable', cause: 0 }),
      'retry(store-unavailable)',
    ],
    [
      'whose claim was lost and is worked on',
      heldAnswer,
      ranWith({ kind: 'refused', item: claimedItem('k', { owner: 'x' }) }),
      'retry(in-flight)',
    ],
    [
      'whose claim was lost and is gone',
      heldAnswer,
      ranWith({ kind: 'refused', item: undefined }),
      'retry(in-flight)',
    ],
    [
      'whose run failed for now',
      heldAnswer,
      ranWith(
        { kind: 'applied', item: settled('RELEASED') },
        { kind: 'not-done', message: '', code: 'C', retryAfterMs: 5 },
      ),
      'retry(transient)',
    ],
    [
      'that were not run',
      heldAnswer,
      ranWith(
        { kind: 'applied', item: settled('RELEASED') },
        { kind: 'not-run', cause: 'limited', retryAfterMs: 5 },
      ),
      'retry(limited)',
    ],
    ['that nobody ran', heldAnswer, undefined, 'retry(in-flight)'],
  ])('%s emit nothing: not what was made, nor what is stored', (_, answer, ran, verdict) => {
    expect(endings(answer, ran)).toEqual([{ offsets: [1], verdict, emits: [], isNew: false }]);
  });

  it('whose claim was lost to a result emit that one, and drop their own', () => {
    expect(endings(heldAnswer, ranWith({ kind: 'refused', item: settled('DONE') }))).toEqual([
      { offsets: [1], verdict: 'done', emits: ['stored'], isNew: false },
    ]);
  });

  it('say when they are worth another try', () => {
    const waits = (answer: KeyAnswer, ran?: Ran) =>
      endingsOf({ key: 'k', records: [first] }, answer, ran, letterOf)[0]?.waitMs;
    expect(waits({ kind: 'retry', cause: 'in-flight', waitMs: 700, item: undefined })).toBe(700);
    const failed: RunOutcome = { kind: 'not-done', message: '', code: 'C', retryAfterMs: 900 };
    expect(waits(heldAnswer, ranWith({ kind: 'applied', item: settled('RELEASED') }, failed))).toBe(900);
    expect(waits(heldAnswer, ranWith({ kind: 'unavailable', cause: 0 }, failed))).toBe(0);
  });
});
