/** Folding an entity's records, purely: from a row and what arrived to the rows and outputs after each record. */
import type { Decoded, DecodedEvent } from '../batch/decode.ts';
import type { LetterReason } from '../dead-letter.ts';
import { canonicalJson } from '../digest.ts';
import { identityKey } from '../identity.ts';
import type { Validator } from '../ports/stage-ports.ts';
import { bytesOf } from '../record.ts';
import { issuesText } from '../schema-issues.ts';
import { toldOf } from '../thrown-at.ts';
import type { ContextView, FeaturesStage } from '../stages/features.ts';
import type { RetryCause, SettledVerdict } from '../verdict.ts';
import {
  holeAt,
  isBehindFence,
  knownIdentity,
  withFence,
  withFolded,
  withHole,
  withoutHole,
  type Row,
  type RowBounds,
} from './row.ts';

/** What an event may know of each context; `unavailable` where the store did not answer. */
export type ContextViews = Readonly<Record<string, ContextView<unknown>>> | 'unavailable';

/** What one record did to its row. */
export type FoldStep =
  | {
      readonly kind: 'settled';
      readonly item: Decoded;
      readonly rowAfter: Row;
      readonly verdict: SettledVerdict;
      /** Vectors to be emitted, in order: canonical JSON. */
      readonly vectors: readonly string[];
      readonly letter: { readonly reason: LetterReason; readonly message: string } | undefined;
    }
  /** This record and all later ones of the entity stay as they are. */
  | { readonly kind: 'stopped'; readonly item: Decoded; readonly cause: RetryCause };

export interface FoldInput {
  readonly stage: FeaturesStage;
  readonly bounds: RowBounds & { readonly maxRowBytes: number; readonly maxVectorBytes: number };
  readonly validators: { readonly row: Validator; readonly vector: Validator };
  readonly contextOf: (event: DecodedEvent) => ContextViews;
  /** Records whose vectors the broker refused for their size although the contract allows them. */
  readonly isOversize: (item: Decoded) => boolean;
  /** Redrive number n + 1, where this is a redrive. */
  readonly redrive: number | undefined;
}

/** Folds the records of one entity in the order of their offsets. Stops at the first that cannot be settled now. */
export const foldEntity = (row: Row, items: readonly Decoded[], input: FoldInput): readonly FoldStep[] => {
  const steps: FoldStep[] = [];
  let current = row;
  let stopped = false;
  for (const item of items) {
    const step: FoldStep = stopped
      ? { kind: 'stopped', item, cause: 'behind-unsettled' }
      : foldOne(current, item, input);
    if (step.kind === 'settled') current = step.rowAfter;
    else stopped = true;
    steps.push(step);
  }
  return steps;
};

const foldOne = (row: Row, item: Decoded, input: FoldInput): FoldStep => {
  const { at } = item.arrival;
  const hole = holeAt(row, at);
  const settled = (
    rowAfter: Row,
    verdict: SettledVerdict,
    vectors: readonly string[] = [],
    letter?: { readonly reason: LetterReason; readonly message: string },
  ): FoldStep => ({ kind: 'settled', item, rowAfter, verdict, vectors, letter });

  if (item.kind === 'ignored' && input.redrive === undefined)
    return settled(row, { kind: 'ignored', type: item.type });
  if (input.redrive === undefined && isBehindFence(row, at)) return settled(row, { kind: 'fenced' });
  if (input.redrive !== undefined && hole?.redrive !== input.redrive - 1)
    // Before the fence there can be no hole yet: whoever wrote the letter is about to write it, or died and will be followed.
    return isBehindFence(row, at)
      ? settled(row, { kind: 'fenced' })
      : { kind: 'stopped', item, cause: 'in-flight' };

  // What failed before may be of no interest to the contract by now.
  if (item.kind === 'ignored') return settled(withoutHole(row, at), { kind: 'ignored', type: item.type });
  const refuse = (reason: LetterReason, message: string): FoldStep =>
    settled(
      withHole(withFence(row, at), at, input.redrive ?? 0, input.bounds),
      { kind: 'dead-lettered', reason },
      [],
      { reason, message },
    );
  if (item.kind === 'deferred') return { kind: 'stopped', item, cause: 'registry-unavailable' };
  if (item.kind === 'refused') return refuse(item.reason, item.message);

  const { envelope } = item;
  const key = identityKey(envelope.identity);
  switch (knownIdentity(row, key, envelope.origin.digest)) {
    case 'same':
      return settled(withFence(withoutHole(row, at), at), { kind: 'fenced' });
    case 'conflict':
      return refuse('identity-conflict', 'another payload came under the same identity before');
    case 'new':
      break;
  }
  const folded = runHandlers(row, item, input);
  switch (folded.kind) {
    case 'refused':
      return refuse(folded.reason, folded.message);
    case 'unavailable':
      return { kind: 'stopped', item, cause: 'store-unavailable' };
    case 'folded': {
      const after = withFolded(
        withFence(withoutHole(row, at), at),
        folded.state,
        key,
        envelope.origin.digest,
        input.bounds,
      );
      const { maxRowBytes } = input.bounds;
      const rowBytes = roughRowBytes(after);
      if (rowBytes > maxRowBytes)
        return refuse('oversize', `the row would have about ${rowBytes} bytes, the limit is ${maxRowBytes}`);
      return settled(after, { kind: folded.vectors.length > 0 ? 'done' : 'state-only' }, folded.vectors);
    }
  }
};

type Folded =
  | { readonly kind: 'folded'; readonly state: string; readonly vectors: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: LetterReason; readonly message: string }
  | { readonly kind: 'unavailable' };

/** Runs the user's functions. What they throw is permanent, at once: they are pure, and would throw again. */
const runHandlers = (row: Row, event: DecodedEvent, input: FoldInput): Folded => {
  const refused = (reason: LetterReason, message: string): Folded => ({ kind: 'refused', reason, message });
  const handler = input.stage.on[event.envelope.type];
  if (handler === undefined)
    return refused('unknown-type', `no handler for event type "${event.envelope.type}"`);
  if (input.isOversize(event)) return refused('oversize', 'the broker refuses its vectors for their size');
  const context = handler.emit === undefined ? {} : input.contextOf(event);
  if (context === 'unavailable') return { kind: 'unavailable' };
  try {
    const state = handler.fold(JSON.parse(row.state), event.data);
    const stateIssues = input.validators.row(state);
    if (stateIssues.length > 0)
      return refused(
        'output-mismatch',
        `fold of "${event.envelope.type}" returned a state that is not of schema "row": ${issuesText(stateIssues)}`,
      );
    // Written down before emit sees it: a state that JSON cannot hold is refused, and what emit does to it has no effect.
    const text = canonicalJson(state);
    const emitted = handler.emit?.({ state, event: event.data, context });
    const outputs: readonly unknown[] =
      emitted === undefined ? [] : Array.isArray(emitted) ? emitted : [emitted];
    const issues = outputs.flatMap((output) => input.validators.vector(output));
    if (issues.length > 0)
      return refused(
        'output-mismatch',
        `emit of "${event.envelope.type}" returned what is not of schema "output": ${issuesText(issues)}`,
      );
    const vectors = outputs.map((output) => canonicalJson(output));
    const longest = Math.max(0, ...vectors.map((vector) => bytesOf(vector).length));
    if (longest > input.bounds.maxVectorBytes)
      return refused(
        'oversize',
        `a vector has ${longest} bytes, the limit is ${input.bounds.maxVectorBytes}`,
      );
    return { kind: 'folded', state: text, vectors };
  } catch (thrown) {
    return refused('function-threw', toldOf(thrown));
  }
};

const bytesPerEntry = 120;

/** Near enough for a limit that is itself below the store's: the state as it will be stored, and the bounded lists beside it. */
const roughRowBytes = (row: Row): number =>
  bytesOf(row.state).length +
  bytesPerEntry * (row.fence.length + row.holes.length + 1) +
  row.recentIds.reduce((sum, { key }) => sum + key.length + 50, 0);
