import type { Coordinates } from './record.ts';

/**
 * Errors are named by their consequence: who catches one knows what to do without reading its message.
 * Nothing branches on `message` or `name`; `code` is closed.
 */
export type ErrorCode =
  // permanent: the record becomes a dead letter and the stage goes on
  | 'SCHEMA_MISMATCH'
  | 'NOT_JSON'
  | 'TOMBSTONE'
  | 'ENVELOPE_INVALID'
  | 'EVENT_TIME_MISSING'
  | 'KEY_MISSING'
  | 'KEY_MISMATCH'
  | 'UNKNOWN_TYPE'
  | 'IDENTITY_CONFLICT'
  | 'PAST_HORIZON'
  | 'OVERSIZE'
  | 'FUNCTION_THREW'
  | 'OUTPUT_MISMATCH'
  | 'REFUSED_BY_DOWNSTREAM'
  | 'GAVE_UP'
  | 'OUTCOME_UNKNOWN'
  | 'USER_PERMANENT'
  // transient: the record is retried
  | 'STORE_UNAVAILABLE'
  | 'LOG_UNAVAILABLE'
  | 'MODEL_UNAVAILABLE'
  | 'DOWNSTREAM_UNAVAILABLE'
  | 'DEADLINE_NEAR'
  | 'USER_TRANSIENT'
  // configuration: fails at cold start, synth or start of a command
  | 'CONTRACT_INVALID'
  | 'ENVIRONMENT_INVALID'
  | 'STATE_FOLDER_INVALID'
  | 'PORT_IN_USE'
  | 'PIPELINE_INVALID'
  | 'MODEL_INVALID'
  | 'INPUT_INVALID'
  | 'BUILD_FAILED'
  | 'RUNTIME_UNSUPPORTED'
  // invariants: crash and page
  | 'TOPIC_RECREATED'
  | 'FOLD_VERSION_CHANGED'
  | 'UNFINISHED_RECORDS'
  | 'STATE_TABLE_BROKEN'
  | 'BATCH_INVALID'
  | 'GROUP_IN_USE'
  // usage: a command was called in a way it cannot serve
  | 'USAGE';

export interface ErrorDetails {
  /** What was got, what was expected and how to mend it. Never a payload. */
  readonly message: string;
  readonly at?: Partial<Coordinates>;
  readonly cause?: unknown;
}

abstract class FreshetError extends Error {
  readonly code: ErrorCode;
  readonly at: Partial<Coordinates> | undefined;
  constructor(code: ErrorCode, { message, at, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.at = at;
    this.name = new.target.name;
  }
}

/** This record can never succeed: dead-letter it and go on. */
export class PermanentRecordError extends FreshetError {}

/** It may succeed later: retry, not before `retryAfterMs` where that is given. */
export class TransientError extends FreshetError {
  readonly retryAfterMs: number | undefined;
  constructor(code: ErrorCode, details: ErrorDetails & { readonly retryAfterMs?: number }) {
    super(code, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The configuration is wrong: fail at cold start, at synth, or at the start of a command. `problems` names all of them. */
export class ConfigError extends FreshetError {
  readonly problems: readonly Problem[];
  constructor(code: ErrorCode, details: ErrorDetails & { readonly problems?: readonly Problem[] }) {
    super(code, {
      ...details,
      message: [details.message, ...(details.problems ?? []).map(describeProblem)].join('\n'),
    });
    this.problems = details.problems ?? [];
  }
}

/** Something that must never be true is true: crash, and page somebody. */
export class InvariantError extends FreshetError {}

/** A command was called in a way it cannot serve (CLI exit code 2). */
export class UsageError extends FreshetError {}

/** One thing that is wrong, in the three parts a reader needs. */
export interface Problem {
  /** Where it stands, as the author wrote it: `action.giveUp.after`. */
  readonly path: string;
  readonly got: string;
  readonly expected: string;
  readonly fix: string;
}

const describeProblem = ({ path, got, expected, fix }: Problem): string =>
  `  ${path}: got ${got}; expected ${expected}. Fix: ${fix}.`;

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
