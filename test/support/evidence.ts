/** What a run over real processes left behind: all that is needed to say whether it kept its promises. */

/** What should become of an event, whatever happens to the processes. */
export type Wanted =
  /** A decision that acts. */
  | 'effect'
  /** A decision that does not. */
  | 'decision'
  /** It can never be finished. */
  | 'letter';

/** An event that a producer was asked to send. */
export interface SentEvent {
  readonly id: string;
  readonly entity: string;
  readonly wanted: Wanted;
  /** Without an acknowledgement it may be in the log, and need not. */
  readonly isAcked: boolean;
}

/** An event in the source topic. */
export interface LoggedEvent {
  readonly id: string;
  /** Its key. */
  readonly entity: string;
  readonly partition: number;
  readonly offset: number;
  /** When the broker appended it, epoch ms. */
  readonly appendedAt: number;
}

/** A record of the decision topic; one that was emitted again stands for itself. */
export interface EmittedDecision {
  readonly event: string;
  /** The whole decision, as text. */
  readonly value: string;
  /** How many events of its entity were folded, this one included. */
  readonly position: number;
}

export interface EmittedOutcome {
  readonly event: string;
}

/** A request as the receiver got it. */
export interface ReceivedRequest {
  readonly event: string;
  /** The idempotency key; `null` where there is none. */
  readonly key: string | null;
  readonly body: string;
  /** Whether it had an effect; a repeated key has none. */
  readonly isEffect: boolean;
}

export interface DeadLetter {
  readonly event: string;
  readonly stage: string;
  readonly reason: string;
}

/** What a stage's group has committed of a partition. */
export interface StageCommit {
  readonly stage: string;
  readonly partition: number;
  readonly committed: number;
  readonly end: number;
}

export interface Evidence {
  readonly policy: 'keyed' | 'at-most-once';
  readonly sent: readonly SentEvent[];
  readonly logged: readonly LoggedEvent[];
  readonly decisions: readonly EmittedDecision[];
  readonly outcomes: readonly EmittedOutcome[];
  readonly requests: readonly ReceivedRequest[];
  readonly letters: readonly DeadLetter[];
  /** By entity, how many events its row says were folded. */
  readonly rows: ReadonlyMap<string, number>;
  readonly commits: readonly StageCommit[];
  /** By stage, how many of its keys are neither settled nor absent. */
  readonly openKeys: ReadonlyMap<string, number>;
}
