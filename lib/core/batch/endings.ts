/** What the records of one key have come to: what is emitted for them, and their verdict. Pure. */
import type { LetterReason } from '../dead-letter.ts';
import {
  emittedBy,
  isSettledState,
  type LedgerItem,
  type PayloadPointer,
  type StoredRecord,
} from '../ledger/item.ts';
import { isRecordAway } from '../ledger/payload.ts';
import { outputOf } from '../ledger/stored-record.ts';
import type { OutputRecord } from '../record.ts';
import type { RetryCause, SettledVerdict, Verdict } from '../verdict.ts';
import type { KeyAnswer, KeyGroup } from './claim.ts';
import type { Chained } from './decode.ts';
import type { Ran } from './settle.ts';

export interface Ending {
  readonly records: readonly Chained[];
  readonly verdict: Verdict;
  readonly emits: readonly OutputRecord[];
  /** Where the verdict is `retry`: when it is worth another try, ms from now. */
  readonly waitMs: number;
  /** The run that settled it, where this batch ran it. */
  readonly ran: Ran | undefined;
  /** Settled by this batch, and not answered with what is stored. */
  readonly isNew: boolean;
  /** Stored with its key: every later delivery is answered with it, and none of them is new. */
  readonly isFrozen: boolean;
  /** How often the record has been redriven. */
  readonly redrive: number;
}

type LetterOf = (chained: Chained, reason: LetterReason, message: string) => StoredRecord;

/** Records that carry the claim's payload share one ending; one with another payload under the same identity is a conflict. */
export const endingsOf = (
  group: KeyGroup,
  answer: KeyAnswer,
  ran: Ran | undefined,
  letterOf: LetterOf,
): readonly Ending[] => {
  if (answer.kind === 'letter') return letters(group, answer, letterOf);
  const item = itemOf(answer, ran);
  const isConflict = ({ digest }: Chained): boolean =>
    answer.kind === 'conflict' || (item !== undefined && digest !== item.originDigest);
  const own = group.records.filter((chained) => !isConflict(chained));
  const conflicts = group.records.filter(isConflict).map((chained): Ending => ({
    records: [chained],
    verdict: { kind: 'dead-lettered', reason: 'identity-conflict' },
    ...letterEnding(
      letterOf(chained, 'identity-conflict', 'another payload came under the same identity before'),
    ),
  }));
  const [first] = own;
  return first === undefined
    ? conflicts
    : [{ records: own, ...ownEnding(first, answer, item, ran, letterOf) }, ...conflicts];
};

const letterEnding = (letter: StoredRecord): Omit<Ending, 'records' | 'verdict'> => ({
  emits: [outputOf(letter)],
  waitMs: 0,
  ran: undefined,
  isNew: true,
  isFrozen: false,
  redrive: 0,
});

/** Nothing is stored that other payloads could be in conflict with: there is a letter for each of them. */
const letters = (
  { records }: KeyGroup,
  { reason, message }: Extract<KeyAnswer, { kind: 'letter' }>,
  letterOf: LetterOf,
): readonly Ending[] =>
  [...Map.groupBy(records, ({ digest }) => digest).values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const ending = letterEnding(letterOf(first, reason, message));
    return [{ records: alike, verdict: { kind: 'dead-lettered', reason }, ...ending }];
  });

const ownEnding = (
  first: Chained,
  answer: Exclude<KeyAnswer, { kind: 'letter' }>,
  item: LedgerItem | undefined,
  ran: Ran | undefined,
  letterOf: LetterOf,
): Omit<Ending, 'records'> => {
  const isAnswered = answer.kind === 'stored' || (ran !== undefined && ran.written.kind !== 'unavailable');
  if (isAnswered && item !== undefined && isSettledState(item.state)) {
    const isNew = ran ? ran.written.kind === 'applied' : answer.kind === 'stored' && answer.isNew;
    const lost = emittedBy(item).find(isRecordAway);
    // The item stays as it is: a redrive emits what is stored, once the object is there again.
    if (lost)
      return {
        verdict: { kind: 'dead-lettered', reason: 'payload-lost' },
        emits: [outputOf(letterOf(first, 'payload-lost', lostRecordText(item, lost.payload)))],
        waitMs: 0,
        ran,
        isNew,
        isFrozen: true,
        redrive: item.redrive,
      };
    const emits = emittedBy(item).map(outputOf);
    return {
      verdict: settledVerdict(item),
      emits,
      waitMs: 0,
      ran,
      isNew,
      isFrozen: true,
      redrive: item.redrive,
    };
  }
  const { cause, waitMs } = retryOf(answer, ran);
  return {
    verdict: { kind: 'retry', cause },
    emits: [],
    waitMs,
    ran: undefined,
    isNew: false,
    isFrozen: false,
    redrive: 0,
  };
};

const lostRecordText = ({ state }: LedgerItem, { key, bytes, sha256 }: PayloadPointer): string =>
  `${state} and stored, but its output is missing or altered in the payload store: ${key}, ${bytes} bytes, SHA-256 ${sha256}. Restore the object, then redrive`;

/** The key's item as it is known after the batch: whoever lost its claim knows the one that stands there. */
const itemOf = (answer: KeyAnswer, ran: Ran | undefined): LedgerItem | undefined => {
  if (ran) return ran.written.kind === 'unavailable' ? ran.held.item : ran.written.item;
  switch (answer.kind) {
    case 'held':
      return answer.held.item;
    case 'stored':
    case 'retry':
    case 'suspect':
      return answer.item;
    case 'conflict':
    case 'letter':
      return undefined;
  }
};

const retryOf = (
  answer: KeyAnswer,
  ran: Ran | undefined,
): { readonly cause: RetryCause; readonly waitMs: number } => {
  if (ran?.written.kind === 'unavailable') return { cause: 'store-unavailable', waitMs: 0 };
  // Refused: somebody else holds the claim now. Applied: it is released.
  if (ran?.written.kind === 'refused') return { cause: 'in-flight', waitMs: 0 };
  if (ran) return { cause: ran.cause, waitMs: ran.waitMs };
  return answer.kind === 'retry' ? answer : { cause: 'in-flight', waitMs: 0 };
};

/** @param item - in a settled state */
const settledVerdict = (item: LedgerItem): SettledVerdict => {
  switch (item.state) {
    case 'DONE':
      return { kind: 'done' };
    case 'SUPPRESSED':
      return { kind: 'suppressed', reason: item.reason ?? '' };
    case 'FAILED':
      return { kind: 'dead-lettered', reason: item.reason ?? '' };
    case 'IN_DOUBT':
    case 'CLAIMED':
    case 'RELEASED':
      return { kind: 'in-doubt' };
  }
};
