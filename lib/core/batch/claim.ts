/** The claim phase: of each key of a batch, whether it is ours to work on, settled already, or somebody else's. */
import type { LetterReason } from '../dead-letter.ts';
import { isSettledState, type FrozenWork, type LedgerItem, type StoredRecord } from '../ledger/item.ts';
import * as table from '../ledger/transitions.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Redrive } from '../ports/stage-ports.ts';
import type { LedgerStore, LedgerWritten } from '../ports/stores.ts';
import { epochMsOf, type EpochMs } from '../units.ts';
import type { RetryCause } from '../verdict.ts';
import type { Chained } from './decode.ts';
import { leaseMarginMs } from './margins.ts';

/** A claim that is ours. */
export interface Held {
  /** The record it is worked on for: the first of the batch whose digest is the claim's. */
  readonly chained: Chained;
  readonly item: LedgerItem;
  readonly owner: string;
}

/** Why nothing that would be sent may be claimed now: the kill switch or the limit. */
export interface Hold {
  readonly cause: RetryCause;
  readonly waitMs: number;
}

/** A key of the batch with all its records, in the order they came. */
export interface KeyGroup {
  readonly key: string;
  readonly records: readonly [Chained, ...Chained[]];
}

export type KeyAnswer =
  | { readonly kind: 'held'; readonly held: Held }
  /** New where the claim phase itself settled it: the claim of a worker that vanished armed. */
  | { readonly kind: 'stored'; readonly item: LedgerItem; readonly isNew: boolean }
  /** The claim of a worker that vanished: to be taken over when nothing else of the batch is left. */
  | { readonly kind: 'suspect'; readonly item: LedgerItem; readonly chained: Chained }
  /** Every record of the group came under an identity that belongs to another payload. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'letter'; readonly reason: LetterReason; readonly message: string }
  | {
      readonly kind: 'retry';
      readonly cause: RetryCause;
      readonly waitMs: number;
      readonly item: LedgerItem | undefined;
    };

export interface ClaimRules {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadline: EpochMs;
  readonly redrive: Redrive | undefined;
  readonly keyRetentionMs: number;
  readonly policy: 'model' | 'keyed' | 'at-most-once';
  /** What today's pure functions say: frozen where the claim is new. */
  readonly freeze: (chained: Chained) => FrozenWork;
  /** Whether such work must wait now. */
  readonly holdFor: (work: FrozenWork) => Hold | undefined;
  readonly doubtLetter: (chained: Chained, item: LedgerItem, message: string) => StoredRecord;
}

const rounds = 6;

type Seen = { readonly kind: 'unread' } | { readonly kind: 'seen'; readonly item: LedgerItem | undefined };

interface Claiming {
  readonly group: KeyGroup;
  readonly token: string;
  seen: Seen;
  /** A write that was not answered: sent again, exactly as it was. */
  unanswered: table.Transition | undefined;
  answer: KeyAnswer | undefined;
}

type Step =
  | { readonly kind: 'answer'; readonly answer: KeyAnswer }
  | { readonly kind: 'write'; readonly transition: table.Transition }
  | { readonly kind: 'read' };

/**
 * Claims the keys of a batch with as few calls as the state of the keys allows: one coalesced write where all are new.
 *
 * A refusal shows what stands there, and the table says what follows from it. "Duplicate" under our own token is success
 * only for the request that was sent again because it had no answer.
 */
export const claimKeys = async (
  groups: readonly KeyGroup[],
  rules: ClaimRules,
): Promise<ReadonlyMap<string, KeyAnswer>> => {
  const claimings: Claiming[] = groups.map((group) => ({
    group,
    token: rules.random.token(),
    seen: { kind: 'unread' },
    unanswered: undefined,
    answer: undefined,
  }));
  for (let round = 0; round < rounds; round += 1) {
    const open = claimings.filter(({ answer }) => answer === undefined);
    if (open.length === 0) break;
    await claimRound(open, rules, round + 1 === rounds);
  }
  return new Map(
    claimings.map(({ group, answer }) => [
      group.key,
      answer ?? { kind: 'retry', cause: 'in-flight', waitMs: 0, item: undefined },
    ]),
  );
};

const claimRound = async (open: readonly Claiming[], rules: ClaimRules, isLast: boolean): Promise<void> => {
  const steps = open.map((claiming) => ({ claiming, step: nextStep(claiming, rules) }));
  const reads: Claiming[] = [];
  const writes: { readonly claiming: Claiming; readonly transition: table.Transition }[] = [];
  for (const { claiming, step } of steps) {
    switch (step.kind) {
      case 'answer':
        claiming.answer = step.answer;
        break;
      case 'read':
        reads.push(claiming);
        break;
      case 'write':
        writes.push({ claiming, transition: step.transition });
        break;
    }
  }
  const [readAnswers, writeAnswers] = await Promise.all([
    reads.length === 0 ? [] : rules.ledger.read(reads.map(({ group }) => group.key)),
    writes.length === 0
      ? []
      : rules.ledger.apply(
          writes.map(({ claiming, transition }) => ({
            key: claiming.group.key,
            transition,
            seen: claiming.seen.kind === 'seen' ? claiming.seen.item : undefined,
          })),
        ),
  ]);
  reads.forEach((claiming, index) => {
    const answer = readAnswers[index];
    if (answer?.kind === 'read') claiming.seen = { kind: 'seen', item: answer.value };
    else claiming.answer = unavailable;
  });
  writes.forEach(({ claiming, transition }, index) =>
    takeWriteAnswer(claiming, transition, writeAnswers[index], isLast),
  );
};

const unavailable: KeyAnswer = { kind: 'retry', cause: 'store-unavailable', waitMs: 0, item: undefined };

const takeWriteAnswer = (
  claiming: Claiming,
  transition: table.Transition,
  answer: LedgerWritten | undefined,
  isLast: boolean,
): void => {
  const wasSentAgain = claiming.unanswered !== undefined;
  claiming.unanswered = undefined;
  switch (answer?.kind) {
    case 'applied':
      claiming.answer = ownAnswer(claiming, answer.item);
      break;
    case 'refused':
      claiming.seen = { kind: 'seen', item: answer.item };
      if (wasSentAgain && answer.item?.state === 'CLAIMED' && answer.item.owner === claiming.token)
        claiming.answer = ownAnswer(claiming, answer.item);
      break;
    case 'unavailable':
    case undefined:
      if (wasSentAgain || isLast) claiming.answer = unavailable;
      else claiming.unanswered = transition;
      break;
  }
};

/** After a write of ours: a claim is held, an abandoned one is settled. */
const ownAnswer = ({ group, token }: Claiming, item: LedgerItem): KeyAnswer => {
  if (item.state !== 'CLAIMED') return { kind: 'stored', item, isNew: true };
  const chained = recordOf(group, item);
  return chained === undefined
    ? { kind: 'conflict' }
    : { kind: 'held', held: { chained, item, owner: token } };
};

const recordOf = (group: KeyGroup, item: LedgerItem): Chained | undefined =>
  group.records.find(({ digest }) => digest === item.originDigest);

/** What to do about a key, by what is known of its item: the state table's left column. */
const nextStep = (claiming: Claiming, rules: ClaimRules): Step => {
  const { group, seen, token, unanswered } = claiming;
  if (unanswered !== undefined) return { kind: 'write', transition: unanswered };
  const answer = (value: KeyAnswer): Step => ({ kind: 'answer', answer: value });
  const now = rules.clock.now();
  // An identity that came again, anew, is not past the horizon because its predecessor is.
  const inside = group.records.find(({ originAppend }) => now <= originAppend + rules.keyRetentionMs);
  const isPastHorizon = inside === undefined;
  const first = inside ?? group.records[0];
  const claimant = { owner: token, leaseUntil: epochMsOf(rules.deadline + leaseMarginMs) };

  if (seen.kind === 'unread') {
    // An operator's redrive, work that must wait, and an origin past the horizon may only look.
    if (rules.redrive !== undefined || isPastHorizon || rules.holdFor(rules.freeze(first)))
      return { kind: 'read' };
    return { kind: 'write', transition: table.claim(newItem(first, claimant, rules, now)) };
  }
  const { item } = seen;
  if (item === undefined) {
    if (isPastHorizon)
      return answer({
        kind: 'letter',
        reason: 'horizon',
        message:
          'its origin is older than keys are remembered, so nobody can tell any more whether it was acted on',
      });
    const work = rules.freeze(first);
    const hold = rules.holdFor(work);
    if (hold) return answer({ kind: 'retry', ...hold, item: undefined });
    return { kind: 'write', transition: table.claim(newItem(first, claimant, rules, now)) };
  }
  const chained = recordOf(group, item);
  if (chained === undefined) return answer({ kind: 'conflict' });
  switch (item.state) {
    case 'DONE':
    case 'SUPPRESSED':
    case 'IN_DOUBT':
      return answer({ kind: 'stored', item, isNew: false });
    case 'FAILED': {
      if (rules.redrive?.number !== item.redrive + 1) return answer({ kind: 'stored', item, isNew: false });
      // A request that was ever frozen stays the one that is sent; without one, today's code is asked again.
      const work = item.work.kind === 'run' ? undefined : rules.freeze(chained);
      const hold = rules.holdFor(work ?? item.work);
      if (hold) return answer({ kind: 'retry', ...hold, item });
      const { pastDeadline } = rules.redrive;
      return { kind: 'write', transition: table.reopen(item, claimant, { now, pastDeadline, work }) };
    }
    case 'RELEASED': {
      const hold = rules.holdFor(item.work);
      if (hold) return answer({ kind: 'retry', ...hold, item });
      const askedMs = (item.notBefore ?? now) - now;
      if (askedMs > 0) return answer({ kind: 'retry', cause: 'transient', waitMs: askedMs, item });
      return { kind: 'write', transition: table.reclaim(claimant, rules.redrive?.pastDeadline ?? false) };
    }
    case 'CLAIMED': {
      const leaseLeftMs = (item.leaseUntil ?? now) - now;
      if (leaseLeftMs > 0) return answer({ kind: 'retry', cause: 'in-flight', waitMs: leaseLeftMs, item });
      if (rules.policy === 'at-most-once' && item.armedBy !== null && item.armedBy === item.owner) {
        const letter = rules.doubtLetter(
          chained,
          item,
          'the worker vanished when its request may have been out',
        );
        return {
          kind: 'write',
          transition: table.abandon({ owner: item.owner }, { letter, reason: 'unknown-outcome' }),
        };
      }
      return answer({ kind: 'suspect', item, chained });
    }
  }
};

const newItem = (
  chained: Chained,
  { owner, leaseUntil }: table.Claimant,
  rules: ClaimRules,
  now: EpochMs,
): LedgerItem => ({
  key: chained.key,
  state: 'CLAIMED',
  owner,
  leaseUntil,
  alone: false,
  armedBy: null,
  maybeSent: false,
  notBefore: null,
  firstAttempt: now,
  attempts: 0,
  redrive: 0,
  pastDeadline: rules.redrive?.pastDeadline ?? false,
  originDigest: chained.digest,
  originAppend: chained.originAppend,
  work: rules.freeze(chained),
  emits: [],
  letter: null,
  reason: null,
  evidence: [],
  revision: 0,
  expiresAt: null,
});

/**
 * Takes over the claim of a worker that vanished. Who held a keyed claim may have sent before it vanished.
 */
export const takeOverClaim = async (
  suspect: { readonly item: LedgerItem; readonly chained: Chained },
  rules: ClaimRules,
): Promise<KeyAnswer> => {
  const hold = rules.holdFor(suspect.item.work);
  if (hold) return { kind: 'retry', ...hold, item: suspect.item };
  const { owner: expiredOwner, alone } = suspect.item;
  const token = rules.random.token();
  const transition = table.takeOver(
    { owner: expiredOwner ?? '', alone },
    { owner: token, leaseUntil: epochMsOf(rules.deadline + leaseMarginMs) },
    // Only a request can be out: frozen work that says "suppress" or "fail" has none.
    rules.policy === 'keyed' && suspect.item.work.kind === 'run',
  );
  const send = async (): Promise<LedgerWritten | undefined> =>
    (await rules.ledger.apply([{ key: suspect.item.key, transition, seen: suspect.item }]))[0];
  let answer = await send();
  if (answer?.kind === 'unavailable') answer = await send();
  switch (answer?.kind) {
    case 'applied':
      return { kind: 'held', held: { chained: suspect.chained, item: answer.item, owner: token } };
    case 'refused':
      if (answer.item?.state === 'CLAIMED' && answer.item.owner === token)
        return { kind: 'held', held: { chained: suspect.chained, item: answer.item, owner: token } };
      if (answer.item && isSettledState(answer.item.state))
        return { kind: 'stored', item: answer.item, isNew: false };
      return { kind: 'retry', cause: 'in-flight', waitMs: 0, item: answer.item };
    case 'unavailable':
    case undefined:
      return unavailable;
  }
};
