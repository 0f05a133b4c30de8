/** What was thrown, as it crosses the border of a worker thread. */
export interface ThrownError {
  readonly errorType: string;
  readonly message: string;
}

/** Anything can be thrown, or come out of a thread. */
export const thrownError = (thrown: unknown): ThrownError =>
  thrown instanceof Error
    ? { errorType: thrown.name, message: thrown.message }
    : { errorType: typeof thrown, message: String(thrown) };
