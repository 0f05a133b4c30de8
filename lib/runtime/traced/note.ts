import type { LedgerState } from '../../core/ledger/item.ts';
import type { TransitionName } from '../../core/ledger/transitions.ts';
import type { Verdict } from '../../core/verdict.ts';

/** What a stage spends its time with beside its own functions; a model's call is `model`. */
export type Phase =
  | 'arrive'
  | 'decode'
  | 'read'
  | 'claim'
  | 'look'
  | 'model'
  | 'send'
  | 'freeze'
  | 'emit'
  | 'advance'
  | 'record'
  | 'wait';

/** What a stage asked of its ports, and what came of it. Text is shown as it is; what is no text, as base64. */
export type Note =
  | { readonly kind: 'time'; readonly phase: Phase; readonly ms: number }
  | {
      readonly kind: 'output';
      readonly topic: string;
      readonly key: string | null;
      readonly value: string | null;
      readonly headers: Readonly<Record<string, string>>;
      /** `partition/offset`; `null` where it was not appended. */
      readonly at: string | null;
    }
  /** @member after - the row as JSON */
  | { readonly kind: 'row'; readonly entity: string; readonly after: string; readonly isWritten: boolean }
  | {
      readonly kind: 'item';
      readonly key: string;
      readonly transition: TransitionName;
      /** `null`: the transition did not apply. */
      readonly state: LedgerState | null;
    }
  | {
      readonly kind: 'request';
      readonly key: string;
      readonly request: unknown;
      /** `null`: it was not sent. */
      readonly answer: string | null;
    }
  | { readonly kind: 'observation'; readonly context: string; readonly key: string; readonly body: string }
  | {
      readonly kind: 'verdict';
      readonly partition: number;
      readonly offset: number;
      readonly verdict: Verdict;
    }
  | { readonly kind: 'log'; readonly level: string; readonly message: string };

/** Before every note on standard output: what a function prints for itself is told apart by it. */
export const noteMark = 'freshet-note:';

/** A line of output: a note, and what the function printed. */
export interface Line {
  readonly note: Note | undefined;
  /** `undefined`: nothing. */
  readonly printed: string | undefined;
}

/**
 * What a function prints without a line end stands before the next note, on one line with it. It may speak of notes itself, and a
 * note may hold what does: the note begins at the first mark from which it can be read.
 */
export const readLine = (line: string): Line => {
  for (let begins = line.indexOf(noteMark); begins !== -1; begins = line.indexOf(noteMark, begins + 1))
    try {
      const note = JSON.parse(line.slice(begins + noteMark.length)) as Note;
      return { note, printed: begins === 0 ? undefined : line.slice(0, begins) };
    } catch {
      // Not this one.
    }
  return { note: undefined, printed: line };
};
