import type { EpochMs } from '../units.ts';

/** States of a claim (inference) and of an effect (action). FAILED carries its redrive number in `redrive`. */
export type LedgerState = 'CLAIMED' | 'RELEASED' | 'DONE' | 'SUPPRESSED' | 'FAILED' | 'IN_DOUBT';

/** Whether a state answers for itself at every delivery. */
export const isSettledState = (state: LedgerState): boolean => state !== 'CLAIMED' && state !== 'RELEASED';

/** Where contents lie that are too large for an item: an object of the payload store, and what it must be. */
export interface PayloadPointer {
  readonly key: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** What the pure functions of the code that claimed the key said, frozen with the claim. */
export type FrozenWork =
  /**
   * Action: the request as canonical JSON. Inference: nothing is frozen before the model, `request` is empty.
   * With a `payload` the store keeps only that, and `request` is empty until it has been read from there.
   */
  | { readonly kind: 'run'; readonly request: string; readonly payload?: PayloadPointer }
  | { readonly kind: 'suppress'; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string; readonly message: string };

/** A record as it is stored to be emitted again, byte for byte: each character of `key`, `value` and header values is one byte. */
export interface StoredRecord {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Set where the item only points to the record: then it has no key, value and headers. */
  readonly payload?: PayloadPointer;
}

/** One key's item in the claims of inference or in the effect ledger of action. */
export interface LedgerItem {
  /** The record's identity in this stage: see identity.ts. */
  readonly key: string;
  readonly state: LedgerState;
  /** Random per invocation and claim; `null` unless CLAIMED. */
  readonly owner: string | null;
  readonly leaseUntil: EpochMs | null;
  /** This claim was taken over from an expired one, and its record runs alone. */
  readonly alone: boolean;
  /** At-most-once: the owner that was about to send. Armed is who owns the claim and armed it. */
  readonly armedBy: string | null;
  /** A request may have reached the downstream, and nobody knows. */
  readonly maybeSent: boolean;
  /** While RELEASED: the downstream, or the model, asked not to be tried again before this. */
  readonly notBefore: EpochMs | null;
  readonly firstAttempt: EpochMs;
  readonly attempts: number;
  /** How often an operator has reopened it. */
  readonly redrive: number;
  /** The redrive may act although the deadline has passed. */
  readonly pastDeadline: boolean;
  readonly originDigest: string;
  readonly originAppend: EpochMs;
  readonly work: FrozenWork;
  /** Results and outcomes: see {@link emittedBy}. */
  readonly emits: readonly StoredRecord[];
  /** The letter of the last failure, kept while the item is reopened, so that a gate that says no can put it back. */
  readonly letter: StoredRecord | null;
  /** Why it is SUPPRESSED, FAILED or IN_DOUBT. */
  readonly reason: string | null;
  /** What the downstream said: of DONE its answer, of IN_DOUBT also late answers. */
  readonly evidence: readonly string[];
  /** Number of times it was settled; outcomes carry it and the highest counts. */
  readonly revision: number;
  /** `null`: kept until it is resolved. */
  readonly expiresAt: EpochMs | null;
}

/** What every delivery of a settled key emits again: the letter of what failed or is in doubt, and the results and outcomes. */
export const emittedBy = ({ state, letter, emits }: LedgerItem): readonly StoredRecord[] =>
  letter !== null && (state === 'FAILED' || state === 'IN_DOUBT') ? [letter, ...emits] : emits;
