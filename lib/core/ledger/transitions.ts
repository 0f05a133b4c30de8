/**
 * The state table of claims and effects, as data: what must hold of the stored item, and what the write makes of it.
 * Every store obeys this one table: an embedded one evaluates it inside a transaction, DynamoDB compiles it to a condition.
 *
 * | state            | transition   | next              |
 * |------------------|--------------|-------------------|
 * | absent           | claim        | CLAIMED           |
 * | RELEASED         | reclaim      | CLAIMED           |
 * | CLAIMED, old owner, not armed | takeOver | CLAIMED, alone |
 * | CLAIMED, old owner | abandon    | IN_DOUBT          |
 * | CLAIMED, ours    | arm          | CLAIMED, armed    |
 * | CLAIMED, ours    | complete     | DONE              |
 * | CLAIMED, ours    | suppress     | SUPPRESSED        |
 * | CLAIMED, ours    | putBack      | FAILED(n)         |
 * | CLAIMED, ours    | release      | RELEASED          |
 * | CLAIMED, ours    | fail         | FAILED(n)         |
 * | CLAIMED, ours    | doubt        | IN_DOUBT          |
 * | FAILED(n)        | reopen       | CLAIMED, n + 1    |
 * | IN_DOUBT         | addEvidence  | IN_DOUBT          |
 * | IN_DOUBT, revision | resolve    | DONE or FAILED(n) |
 */
import type { EpochMs } from '../units.ts';
import type { FrozenWork, LedgerItem, LedgerState, StoredRecord } from './item.ts';

export type TransitionName =
  | 'claim'
  | 'reclaim'
  | 'takeOver'
  | 'abandon'
  | 'arm'
  | 'complete'
  | 'suppress'
  | 'putBack'
  | 'release'
  | 'fail'
  | 'doubt'
  | 'reopen'
  | 'addEvidence'
  | 'resolve';

/** What must hold of the stored item. */
export type Condition =
  | { readonly absent: true }
  | {
      readonly absent: false;
      readonly state: LedgerState;
      /** The stored owner must be this one. */
      readonly owner?: string;
      /** The stored owner must not have armed its claim. */
      readonly unarmed?: true;
      readonly redrive?: number;
      readonly revision?: number;
    };

/** What the write makes of the item. */
export type Change =
  | { readonly put: LedgerItem }
  | {
      readonly set: Partial<Omit<LedgerItem, 'key' | 'revision'>>;
      /** Added to the stored numbers. */
      readonly add?: { readonly attempts?: number; readonly revision?: number };
      /** Appended to the stored evidence. */
      readonly appendEvidence?: string;
    };

export interface Transition {
  readonly name: TransitionName;
  readonly when: Condition;
  readonly then: Change;
}

export interface Claimant {
  readonly owner: string;
  readonly leaseUntil: EpochMs;
}

/** What settles an item: what is emitted at every delivery from now on, and how long it is remembered. */
export interface Settlement {
  readonly emits: readonly StoredRecord[];
  readonly expiresAt: EpochMs | null;
}

/** What settles an item badly: its letter is emitted at every delivery from now on, and it is remembered until it is resolved. */
export interface Failure {
  readonly letter: StoredRecord;
  readonly reason: string;
}

const nobody = { owner: null, leaseUntil: null, alone: false, armedBy: null } as const;
const ours = (owner: string): Condition => ({ absent: false, state: 'CLAIMED', owner });

export const claim = (item: LedgerItem): Transition => ({
  name: 'claim',
  when: { absent: true },
  then: { put: item },
});

/** @param pastDeadline - an operator's redrive may act although the deadline has passed; once allowed it stays so */
export const reclaim = ({ owner, leaseUntil }: Claimant, pastDeadline = false): Transition => ({
  name: 'reclaim',
  when: { absent: false, state: 'RELEASED' },
  then: {
    set: { state: 'CLAIMED', owner, leaseUntil, alone: false, ...(pastDeadline ? { pastDeadline } : {}) },
  },
});

/**
 * Of an expired claim. The record then runs alone, for it may have killed its worker.
 *
 * An owner that armed after it was read may be sending at this moment: its claim is abandoned and never taken over.
 *
 * @param expired - the claim as read; that its lease is over was the reader's to judge
 * @param maybeSent - keyed: whoever held the claim may have sent before it vanished
 */
export const takeOver = (
  expired: { readonly owner: string; readonly alone: boolean },
  { owner, leaseUntil }: Claimant,
  maybeSent: boolean,
): Transition => ({
  name: 'takeOver',
  when: { absent: false, state: 'CLAIMED', owner: expired.owner, unarmed: true },
  then: {
    set: { owner, leaseUntil, alone: true, ...(maybeSent ? { maybeSent } : {}) },
    // An expired claim that ran alone is a failed attempt: its record, and nothing beside it, ended the worker.
    add: { attempts: expired.alone ? 1 : 0 },
  },
});

/** At-most-once: an armed claim expired, so its request may be out, and it must not go out again. */
export const abandon = (expired: { readonly owner: string }, failure: Failure): Transition => ({
  ...doubt(expired.owner, failure),
  name: 'abandon',
});

export const arm = (owner: string): Transition => ({
  name: 'arm',
  when: ours(owner),
  then: { set: { armedBy: owner } },
});

export const complete = (
  owner: string,
  { emits, expiresAt, evidence }: Settlement & { readonly evidence?: string },
): Transition => ({
  name: 'complete',
  when: ours(owner),
  then: {
    set: { state: 'DONE', ...nobody, emits, expiresAt, letter: null, reason: null },
    add: { revision: 1 },
    ...(evidence === undefined ? {} : { appendEvidence: evidence }),
  },
});

export const suppress = (
  owner: string,
  { emits, expiresAt, reason }: Settlement & { readonly reason: string },
): Transition => ({
  name: 'suppress',
  when: ours(owner),
  then: { set: { state: 'SUPPRESSED', ...nobody, emits, expiresAt, reason }, add: { revision: 1 } },
});

/** On a redrive, a gate that says no leaves the failure as it was: FAILED(n), its letter still redrivable. */
export const putBack = (
  owner: string,
  { redrive, reason }: { readonly redrive: number; readonly reason: string },
): Transition => ({
  name: 'putBack',
  when: ours(owner),
  then: { set: { state: 'FAILED', ...nobody, redrive, reason, expiresAt: null } },
});

/** Clears owner and lease only, and keeps what was asked for: how long to wait. */
export const release = (
  owner: string,
  released: {
    readonly failedAttempt: boolean;
    readonly maybeSent: boolean;
    readonly notBefore?: EpochMs | null;
  },
): Transition => ({
  name: 'release',
  when: ours(owner),
  then: {
    set: {
      state: 'RELEASED',
      owner: null,
      leaseUntil: null,
      notBefore: released.notBefore ?? null,
      ...(released.maybeSent ? { maybeSent: true } : {}),
    },
    add: { attempts: released.failedAttempt ? 1 : 0 },
  },
});

export const fail = (owner: string, { letter, reason }: Failure): Transition => ({
  name: 'fail',
  when: ours(owner),
  then: {
    set: { state: 'FAILED', ...nobody, emits: [], letter, reason, expiresAt: null },
    add: { revision: 1 },
  },
});

export const doubt = (owner: string, { letter, reason }: Failure): Transition => ({
  name: 'doubt',
  when: ours(owner),
  then: {
    set: { state: 'IN_DOUBT', ...nobody, emits: [], letter, reason, expiresAt: null, maybeSent: true },
    add: { revision: 1 },
  },
});

/**
 * Redrive n + 1 of FAILED(n): claimed again, with its letter kept and its attempts beginning anew.
 *
 * @param work - today's answer of the pure functions, where no request was ever frozen; a frozen request stays
 */
export const reopen = (
  failed: { readonly redrive: number },
  { owner, leaseUntil }: Claimant,
  {
    now,
    pastDeadline,
    work,
  }: { readonly now: EpochMs; readonly pastDeadline: boolean; readonly work: FrozenWork | undefined },
): Transition => ({
  name: 'reopen',
  when: { absent: false, state: 'FAILED', redrive: failed.redrive },
  then: {
    set: {
      state: 'CLAIMED',
      owner,
      leaseUntil,
      alone: false,
      armedBy: null,
      redrive: failed.redrive + 1,
      pastDeadline,
      firstAttempt: now,
      attempts: 0,
      emits: [],
      expiresAt: null,
      ...(work ? { work } : {}),
    },
  },
});

/** A late answer of the sender of an effect that is in doubt: kept for whoever resolves it, and nothing else. */
export const addEvidence = (detail: string): Transition => ({
  name: 'addEvidence',
  when: { absent: false, state: 'IN_DOUBT' },
  then: { set: {}, appendEvidence: detail },
});

/** An operator says what became of an effect in doubt. */
export const resolve = (
  seen: { readonly revision: number },
  to: 'DONE' | 'FAILED',
  { emits, expiresAt, evidence }: Settlement & { readonly evidence: string },
): Transition => ({
  name: 'resolve',
  when: { absent: false, state: 'IN_DOUBT', revision: seen.revision },
  then: {
    set: { state: to, emits, expiresAt, maybeSent: false },
    add: { revision: 1 },
    appendEvidence: evidence,
  },
});

/** Whether a transition's condition holds of what is stored. */
export const holds = (condition: Condition, item: LedgerItem | undefined): boolean => {
  if (condition.absent) return item === undefined;
  return (
    item !== undefined &&
    item.state === condition.state &&
    (condition.owner === undefined || item.owner === condition.owner) &&
    (condition.unarmed === undefined || item.armedBy !== item.owner) &&
    (condition.redrive === undefined || item.redrive === condition.redrive) &&
    (condition.revision === undefined || item.revision === condition.revision)
  );
};

/** The item a transition makes of what is stored, or `undefined` where its condition does not hold. */
export const transitioned = (
  transition: Transition,
  item: LedgerItem | undefined,
): LedgerItem | undefined => {
  if (!holds(transition.when, item)) return undefined;
  if ('put' in transition.then) return transition.then.put;
  if (item === undefined) return undefined;
  const { set, add, appendEvidence } = transition.then;
  return {
    ...item,
    ...set,
    attempts: (set.attempts ?? item.attempts) + (add?.attempts ?? 0),
    revision: item.revision + (add?.revision ?? 0),
    evidence: appendEvidence === undefined ? item.evidence : [...item.evidence, appendEvidence],
  };
};
