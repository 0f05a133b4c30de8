/** Exit codes, as docs/operations.md lists them. */
export const exitCode = {
  ok: 0,
  /** It could not be done: wrong configuration, a fault. */
  error: 1,
  /** Called in a way it cannot serve. */
  usage: 2,
  /** What the plan rests on has changed since. */
  preconditionChanged: 4,
  /** Somebody was asked and said no. */
  declined: 5,
  /** It would be unsafe. */
  unsafeRefused: 6,
  /** Done for some, not for all. */
  partial: 7,
  interrupted: 130,
  /** Whoever read the output has gone: what a shell shows of a process that SIGPIPE ended. */
  closedPipe: 141,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
