import type { LetterReason } from '../../core/dead-letter.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { TroubleKind } from '../../local/stages/trouble.ts';

/** What one error is about, for whoever meets it. */
export interface ErrorPage {
  /** What has happened: one sentence. */
  readonly meaning: string;
  /** What should have been instead: it ends a sentence that begins with "expected". */
  readonly expected: string;
  /** What usually leads to it, the most frequent first. */
  readonly causes: readonly string[];
  /** How to mend it, the first step first: imperatives. */
  readonly mend: readonly string[];
}

/** Why a record is a dead letter: a stage's reason, or that its mapping gave up on it. */
export type LetterCode = LetterReason | 'mapping-gave-up';

/** A fault that has no code of its own. */
export type UnexpectedCode = 'unexpected';

/** Everything that has a page. */
export type GuideCode = ErrorCode | LetterCode | TroubleKind | UnexpectedCode;
