/** Closed: what can go wrong with a function while it runs, beside dead letters. Each has its page in docs/errors.md. */
export type TroubleKind =
  /** Attempts failed, and will be made again. */
  | 'attempt-failed'
  /** The same, where the endpoint of the action cannot be reached. */
  | 'downstream-unreachable'
  /** Attempts ended, and nobody knows how. */
  | 'outcome-unknown'
  | 'function-timeout'
  | 'out-of-memory'
  /** Its invocation threw, or its process ended. */
  | 'function-failed'
  /** It logged an error, or wrote to standard error. */
  | 'function-said';

export interface Trouble {
  readonly kind: TroubleKind;
  readonly message: string;
  /** Where the code of the pipeline threw, from the project's root: `functions/x/features.ts:12:5`. */
  readonly at: string | undefined;
  /** The closed code of what was thrown, where it had one. */
  readonly code: string | undefined;
}
