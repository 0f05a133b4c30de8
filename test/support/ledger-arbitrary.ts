import fc from 'fast-check';
import type { FrozenWork, LedgerItem, StoredRecord } from '../../lib/core/ledger/item.ts';
import {
  abandon,
  addEvidence,
  arm,
  claim,
  complete,
  doubt,
  fail,
  putBack,
  reclaim,
  release,
  reopen,
  resolve,
  suppress,
  takeOver,
  type Transition,
} from '../../lib/core/ledger/transitions.ts';
import { epochMsOf } from '../../lib/core/units.ts';

/** A claim as the pure functions and the gate would first write it. */
export const claimedItem = (key: string, overrides: Partial<LedgerItem> = {}): LedgerItem => ({
  key,
  state: 'CLAIMED',
  owner: 'owner-1',
  leaseUntil: epochMsOf(30_000),
  alone: false,
  armedBy: null,
  maybeSent: false,
  notBefore: null,
  firstAttempt: epochMsOf(1_000),
  attempts: 0,
  redrive: 0,
  pastDeadline: false,
  originDigest: 'd1',
  originAppend: epochMsOf(900),
  work: { kind: 'run', request: '{"n":1}' },
  emits: [],
  letter: null,
  reason: null,
  evidence: [],
  revision: 0,
  expiresAt: null,
  ...overrides,
});

/** A stored record of the kind that items carry: bytes as characters, any of the 256. */
export const storedRecord = (label: string): StoredRecord => ({
  topic: 'results',
  key: null,
  value: `${label}\u0000\u00ff`,
  headers: [
    ['ce_id', label],
    ['ce_id', `${label}-again`],
  ],
});

/** What lies in a payload store. */
const payload = { key: 'tiny/action/k/d', bytes: 500_000, sha256: '0123456789abcdef'.repeat(4) };
const awayRecord: StoredRecord = { topic: 'results', key: null, value: null, headers: [], payload };
const works = fc.constantFrom<FrozenWork>(
  { kind: 'run', request: '{"n":1}' },
  { kind: 'run', request: '', payload },
);

const owners = fc.constantFrom('owner-1', 'owner-2', 'owner-3');
const instants = fc.integer({ min: 0, max: 100_000 }).map(epochMsOf);
const records = fc.constantFrom(...['a', 'b', 'c'].map(storedRecord), awayRecord);
const reasons = fc.constantFrom('below-threshold', 'refused', 'gave-up');
const claimants = fc.record({ owner: owners, leaseUntil: instants });
const settlements = fc.record({
  emits: fc.array(records, { maxLength: 2 }),
  expiresAt: fc.option(instants),
});
const lettered = fc.record({
  emits: fc.array(records, { maxLength: 2 }),
  expiresAt: fc.constant(null),
  letter: records,
  reason: reasons,
});
const small = fc.nat(2);

/** Any transition of the state table on a key, whether or not its condition will hold. */
export const transitionOn = (key: string): fc.Arbitrary<Transition> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(owners, instants, works)
        .map(([owner, firstAttempt, work]) => claim(claimedItem(key, { owner, firstAttempt, work }))),
    },
    { weight: 2, arbitrary: claimants.map(reclaim) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(owners, fc.boolean(), claimants, fc.boolean())
        .map(([owner, alone, claimant, maybeSent]) => takeOver({ owner, alone }, claimant, maybeSent)),
    },
    fc.tuple(owners, lettered).map(([owner, settled]) => abandon({ owner }, settled)),
    { weight: 2, arbitrary: owners.map(arm) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(owners, settlements, fc.option(reasons, { nil: undefined }))
        .map(([owner, settled, evidence]) =>
          complete(owner, { ...settled, ...(evidence === undefined ? {} : { evidence }) }),
        ),
    },
    fc
      .tuple(owners, settlements, reasons)
      .map(([owner, settled, reason]) => suppress(owner, { ...settled, reason })),
    fc.tuple(owners, small, reasons).map(([owner, redrive, reason]) => putBack(owner, { redrive, reason })),
    {
      weight: 3,
      arbitrary: fc
        .tuple(owners, fc.boolean(), fc.boolean())
        .map(([owner, failedAttempt, maybeSent]) => release(owner, { failedAttempt, maybeSent })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(owners, records, reasons)
        .map(([owner, letter, reason]) => fail(owner, { letter, reason })),
    },
    fc.tuple(owners, lettered).map(([owner, settled]) => doubt(owner, settled)),
    {
      weight: 2,
      arbitrary: fc
        .tuple(small, claimants, instants, fc.boolean(), fc.boolean())
        .map(([redrive, claimant, now, pastDeadline, anew]) =>
          reopen({ redrive }, claimant, {
            now,
            pastDeadline,
            work: anew ? { kind: 'suppress', reason: 'today' } : undefined,
          }),
        ),
    },
    reasons.map(addEvidence),
    fc
      .tuple(small, fc.constantFrom('DONE' as const, 'FAILED' as const), settlements, reasons)
      .map(([revision, to, settled, evidence]) => resolve({ revision }, to, { ...settled, evidence })),
  );
