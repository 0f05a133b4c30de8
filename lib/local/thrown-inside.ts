import { cutText } from '../core/cut-text.ts';
import { failureCodeOf, messageOf } from '../core/errors.ts';
import { placeOf } from '../core/thrown-at.ts';

/** What the code of a pipeline threw within an invocation that went on, as it crosses the border of a worker thread. */
export interface ThrownInside {
  /** As the function's log names it. */
  readonly code: string;
  /** May quote a record: for the terminal of whoever runs it, and for no log. */
  readonly message: string;
  /** Where the code of the pipeline threw it, from the project's root; `undefined` where that is not known. */
  readonly at: string | undefined;
}

const longestMessage = 500;

/** @param folder - of the bundle that threw it: its source maps name sources from there */
export const thrownInside = (thrown: unknown, folder: string): ThrownInside => ({
  code: failureCodeOf(thrown),
  message: cutText(messageOf(thrown), longestMessage),
  at: placeOf(thrown, folder),
});
