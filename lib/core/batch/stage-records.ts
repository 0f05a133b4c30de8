/** The records a claimed stage writes, as they are stored: their bytes are made once. */
import { deadLettersIn, topicIn, type ResolvedContract, type ResolvedTopic } from '../contract/resolved.ts';
import { deadLetter, type LetterParts, type LetterReason } from '../dead-letter.ts';
import { canonicalJson } from '../digest.ts';
import { outputRecord, type Extensions } from '../envelope.ts';
import { InvariantError } from '../errors.ts';
import { maxKeptLetterBytes } from '../ledger/item-size.ts';
import type { StoredRecord } from '../ledger/item.ts';
import { storedRecord } from '../ledger/stored-record.ts';
import type { Clock } from '../ports/clock.ts';
import type { Batch } from '../ports/stage-ports.ts';
import type { Held } from './claim.ts';
import type { Chained } from './decode.ts';
import { hopOf } from './measure.ts';

export interface OutputOfRun {
  readonly type: 'decision' | 'outcome';
  /** Canonical JSON. */
  readonly body: string;
  readonly externalMs: number;
  readonly flags: readonly string[];
  readonly extensions: Extensions;
}

export interface StageRecords {
  /** @throws {InvariantError} `STATE_TABLE_BROKEN` for a record without an envelope: those are refused before anything is made of them */
  output(held: Held, parts: OutputOfRun): StoredRecord;
  /** The outcome of a suppression. */
  suppressed(held: Held, reason: string): StoredRecord;
  /** @param redrive - n: how often the record had been redriven when it failed */
  letter(chained: Chained, reason: LetterReason, message: string, redrive: number): StoredRecord;
  /** A letter that its item keeps, and has room for. */
  keptLetter(chained: Chained, reason: LetterReason, message: string, redrive: number): StoredRecord;
}

export const stageRecords = (
  stage: {
    readonly name: 'inference' | 'action';
    readonly contract: ResolvedContract;
    readonly input: ResolvedTopic;
  },
  { invocation }: Batch,
  clock: Clock,
): StageRecords => {
  const { contract, name, input } = stage;
  const output = (held: Held, parts: OutputOfRun): StoredRecord => {
    const { arrival, envelope } = held.chained;
    if (envelope === undefined)
      throw new InvariantError('STATE_TABLE_BROKEN', {
        message: 'a record without an envelope was run',
        at: arrival.at,
      });
    const now = clock.now();
    return storedRecord(
      outputRecord({
        pipeline: contract.pipeline,
        stage: name,
        topic: topicIn(
          invocation.environment,
          parts.type === 'decision' ? contract.decisions : contract.outcomes,
        ),
        key: arrival.record.key,
        type: parts.type,
        body: parts.body,
        input: envelope,
        index: undefined,
        now,
        hop: hopOf(name, arrival.record, envelope.publishedAt, {
          receivedAt: invocation.receivedAt,
          madeAt: now,
          externalMs: parts.externalMs,
        }),
        sequence: envelope.sequence,
        flags: parts.flags,
        extensions: parts.extensions,
      }),
    );
  };
  const letter = (
    { arrival }: Chained,
    parts: Pick<LetterParts, 'reason' | 'message' | 'redrive' | 'maxKeptBytes'>,
  ): StoredRecord =>
    storedRecord(
      deadLetter({
        pipeline: contract.pipeline,
        stage: name,
        topic: deadLettersIn(invocation.environment, input),
        record: arrival.record,
        at: arrival.at,
        maxSourceBytes: input.maxRecordBytes,
        ...parts,
      }),
    );
  return {
    output,
    suppressed: (held, reason) =>
      output(held, {
        type: 'outcome',
        body: canonicalJson({ status: 'suppressed', stage: name, reason, revision: held.item.revision + 1 }),
        externalMs: 0,
        flags: held.chained.envelope?.flags ?? [],
        extensions: {},
      }),
    letter: (chained, reason, message, redrive) => letter(chained, { reason, message, redrive }),
    keptLetter: (chained, reason, message, redrive) =>
      letter(chained, { reason, message, redrive, maxKeptBytes: maxKeptLetterBytes }),
  };
};
