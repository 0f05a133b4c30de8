import type { Coordinates } from './record.ts';

/**
 * Errors are named by their consequence: who catches one knows what to do without reading its message.
 * Nothing branches on `message` or `name`; `code` is closed.
 */
export type ErrorCode =
  // permanent: the record becomes a dead letter and the stage goes on
  | 'UNKNOWN_SCHEMA'
  | 'VALUE_UNDECODABLE'
  | 'OUTPUT_MISMATCH'
  | 'USER_PERMANENT'
  // transient: the record is retried
  | 'STORE_UNAVAILABLE'
  | 'LOG_UNAVAILABLE'
  | 'CREDENTIALS_UNAVAILABLE'
  | 'GROUP_ACTIVE'
  | 'REGISTRY_UNAVAILABLE'
  | 'MODEL_UNAVAILABLE'
  | 'USER_TRANSIENT'
  // configuration: fails at cold start, synth or start of a command
  | 'CONTRACT_INVALID'
  | 'ENVIRONMENT_INVALID'
  | 'AUTHENTICATION_INVALID'
  // or transient, where it worked before: a rotation may be on its way
  | 'AUTHENTICATION_REFUSED'
  | 'STATE_FOLDER_INVALID'
  | 'PORT_IN_USE'
  | 'PIPELINE_INVALID'
  | 'MODEL_INVALID'
  | 'INPUT_INVALID'
  | 'SAMPLE_INVALID'
  | 'BUILD_FAILED'
  | 'RUNTIME_UNSUPPORTED'
  | 'FUNCTION_START_FAILED'
  | 'DISK_FULL'
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

/** Whether it is one of the errors below, with a closed code. */
export const isFreshetError = (thrown: unknown): thrown is Error & { readonly code: ErrorCode } =>
  thrown instanceof FreshetError;

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

const isCode = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Z][A-Z\d_]*$/.test(value);

/** A name for what was thrown that holds nothing of its text, and so may be logged: its code or its cause's, else its class. */
export const failureCodeOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return typeof thrown;
  const codes = [thrown, thrown.cause].map((error) =>
    error instanceof Error && 'code' in error ? error.code : undefined,
  );
  return codes.find(isCode) ?? thrown.constructor.name;
};

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
