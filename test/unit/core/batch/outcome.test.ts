import { describe, expect, it } from 'vitest';
import {
  expiryOf,
  givesUp,
  transitionFor,
  type RunOutcome,
  type SettlementRules,
} from '../../../../lib/core/batch/outcome.ts';
import type { LedgerItem } from '../../../../lib/core/ledger/item.ts';
import { transitioned } from '../../../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { claimedItem, storedRecord } from '../../../support/ledger-arbitrary.ts';

const now = epochMsOf(100_000);
const letter = storedRecord('letter of before');

const rulesFor = (policy: SettlementRules['policy']): SettlementRules => ({
  policy,
  giveUp: { afterMs: 45_000, attempts: 5 },
  keyRetentionMs: 1_000_000,
  suppressed: (reason) => [storedRecord(`suppressed ${reason}`)],
  letter: (reason, message) => storedRecord(`${reason}: ${message}`),
});

const outcomes = {
  done: { kind: 'done', emits: [storedRecord('result')], evidence: '201' },
  gated: { kind: 'gated', reason: 'late' },
  declined: { kind: 'declined', reason: 'below-threshold' },
  permanent: { kind: 'permanent', reason: 'refused', message: '400' },
  'not-done': { kind: 'not-done', message: '429', code: 'HTTP_429', retryAfterMs: undefined },
  unknown: { kind: 'unknown', message: '503', code: 'HTTP_503', retryAfterMs: undefined },
  'not-run': { kind: 'not-run', cause: 'paused', retryAfterMs: 0 },
} satisfies Readonly<Record<RunOutcome['kind'], RunOutcome>>;

type OutcomeKind = keyof typeof outcomes;

/** In words: the next state, a failed attempt, a request that may be out, the reason. */
const next = (kind: OutcomeKind, policy: SettlementRules['policy'], item: LedgerItem): string => {
  const after = transitioned(transitionFor(outcomes[kind], item, 'owner-1', rulesFor(policy), now), item);
  if (!after) throw new Error('an outcome of our own claim was refused');
  return [
    after.state,
    after.attempts > item.attempts ? 'attempt' : '',
    after.maybeSent ? 'maybe sent' : '',
    after.reason ?? '',
  ]
    .filter((part) => part !== '')
    .join(', ');
};

const young = { firstAttempt: epochMsOf(99_000), attempts: 0 };
const old = { firstAttempt: epochMsOf(55_000), attempts: 4 };
const released = 'RELEASED, attempt';
const releasedSent = 'RELEASED, attempt, maybe sent';
const doubt = 'IN_DOUBT, maybe sent, unknown-outcome';

/**
 * Outcome × whether a request may be out from before × whether the contract's patience is at its end:
 * what becomes of a claim of ours, under each policy.
 */
const rows: readonly (readonly [
  OutcomeKind,
  { readonly maybeSent: boolean; readonly givesUp: boolean },
  Readonly<Record<SettlementRules['policy'], string>>,
])[] = (
  [
    ['done', false, false, 'DONE', 'DONE', 'DONE'],
    ['done', false, true, 'DONE', 'DONE', 'DONE'],
    ['done', true, false, 'DONE, maybe sent', 'DONE, maybe sent', 'DONE, maybe sent'],
    ['done', true, true, 'DONE, maybe sent', 'DONE, maybe sent', 'DONE, maybe sent'],
    ['gated', false, false, 'SUPPRESSED, late', 'SUPPRESSED, late', 'SUPPRESSED, late'],
    ['gated', false, true, 'SUPPRESSED, late', 'SUPPRESSED, late', 'SUPPRESSED, late'],
    ['declined', false, false, ...thrice('SUPPRESSED, below-threshold')],
    ['declined', false, true, ...thrice('SUPPRESSED, below-threshold')],
    ['permanent', false, false, ...thrice('FAILED, refused')],
    ['permanent', false, true, ...thrice('FAILED, refused')],
    ['permanent', true, false, ...thrice(doubt)],
    ['permanent', true, true, ...thrice(doubt)],
    ['not-done', false, false, ...thrice(released)],
    ['not-done', false, true, ...thrice('FAILED, gave-up')],
    ['not-done', true, false, ...thrice(releasedSent)],
    ['not-done', true, true, ...thrice(doubt)],
    ['unknown', false, false, released, releasedSent, doubt],
    ['unknown', false, true, 'FAILED, gave-up', doubt, doubt],
    ['unknown', true, false, releasedSent, releasedSent, doubt],
    ['unknown', true, true, doubt, doubt, doubt],
    ['not-run', false, false, ...thrice('RELEASED')],
    ['not-run', false, true, ...thrice('RELEASED')],
    ['not-run', true, false, ...thrice('RELEASED, maybe sent')],
    ['not-run', true, true, ...thrice('RELEASED, maybe sent')],
  ] as const
).map(([kind, maybeSent, patienceIsOver, model, keyed, atMostOnce]) => [
  kind,
  { maybeSent, givesUp: patienceIsOver },
  { model, keyed, 'at-most-once': atMostOnce },
]);

function thrice(text: string): readonly [string, string, string] {
  return [text, text, text];
}

describe('what becomes of our own claim', () => {
  it.each(rows)('%s, %o', (kind, { maybeSent, givesUp: patienceIsOver }, expected) => {
    const item = claimedItem('k', { ...(patienceIsOver ? old : young), maybeSent });
    for (const policy of ['model', 'keyed', 'at-most-once'] as const)
      expect({ policy, next: next(kind, policy, item) }).toEqual({ policy, next: expected[policy] });
  });

  it('writes only what our owner may write', () => {
    for (const outcome of Object.values(outcomes))
      for (const policy of ['model', 'keyed', 'at-most-once'] as const)
        expect(transitionFor(outcome, claimedItem('k'), 'owner-1', rulesFor(policy), now).when).toEqual({
          absent: false,
          state: 'CLAIMED',
          owner: 'owner-1',
        });
  });

  it('freezes results and evidence, outcomes of suppressions, and letters', () => {
    const emitted = (outcome: RunOutcome): unknown => {
      const item = claimedItem('k', young);
      return transitioned(transitionFor(outcome, item, 'owner-1', rulesFor('keyed'), now), item);
    };
    expect(emitted(outcomes.done)).toMatchObject({ emits: [storedRecord('result')], evidence: ['201'] });
    expect(emitted(outcomes.gated)).toMatchObject({ emits: [storedRecord('suppressed late')] });
    expect(emitted(outcomes.declined)).toMatchObject({ emits: [storedRecord('suppressed below-threshold')] });
    expect(emitted(outcomes.permanent)).toMatchObject({
      emits: [],
      letter: storedRecord('refused: 400'),
      expiresAt: null,
    });
  });

  it('puts a redrive back as it was where the gate says no', () => {
    const reopened = claimedItem('k', { ...young, redrive: 3, letter, reason: 'refused', revision: 2 });
    expect(
      transitioned(transitionFor(outcomes.gated, reopened, 'owner-1', rulesFor('keyed'), now), reopened),
    ).toMatchObject({ state: 'FAILED', redrive: 2, emits: [], letter, reason: 'refused', revision: 2 });
  });

  it('suppresses a redrive of which the domain itself says that there is nothing to do', () => {
    const reopened = claimedItem('k', { ...young, redrive: 3, letter, reason: 'refused' });
    expect(next('declined', 'keyed', reopened)).toBe('SUPPRESSED, below-threshold');
  });
});

describe('giving up', () => {
  const giveUp = { afterMs: 45_000, attempts: 5 };
  it.each([
    [5, 45_000, true],
    [4, 45_000, false],
    [5, 44_999, false],
    [100, 0, false],
    [1, 1_000_000, false],
    [6, 50_000, true],
  ])('after %i attempts in %i ms: %s', (attempts, ms, expected) => {
    expect(givesUp({ firstAttempt: epochMsOf(100_000 - ms) }, attempts, giveUp, now)).toBe(expected);
  });
});

describe('the time to live of a settled key', () => {
  it('outlives the horizon by an hour, counted from the origin’s append', () => {
    expect(expiryOf({ originAppend: epochMsOf(50_000) }, 1_000_000, now)).toBe(1_050_000 + 3_600_000);
  });

  it('is never over when the key is settled', () => {
    expect(expiryOf({ originAppend: epochMsOf(50_000) }, 10_000, now)).toBe(100_000 + 3_600_000);
  });
});

it.each(['not-done', 'unknown'] as const)(
  'keeps how long it was asked to wait after an answer "%s"',
  (kind) => {
    const item = claimedItem('k', young);
    const outcome = { ...outcomes[kind], retryAfterMs: 7_000 };
    const after = transitioned(transitionFor(outcome, item, 'owner-1', rulesFor('keyed'), now), item);
    expect(after).toMatchObject({ state: 'RELEASED', notBefore: now + 7_000 });
  },
);
