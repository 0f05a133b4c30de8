import { describe, expect, it } from 'vitest';
import { respond, unfinishedRecords } from '../../../../lib/core/batch/respond.ts';
import { waitMs } from '../../../../lib/core/batch/wait.ts';
import type { RecordVerdict } from '../../../../lib/core/ports/stage-ports.ts';
import type { SourceRecord } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { arriving } from '../../../support/stage-records.ts';

const record = (listedUnder: string, offset: number): SourceRecord => arriving(offset, { listedUnder });

/** `true`: settled. */
const verdicts = (...settled: readonly boolean[]): readonly RecordVerdict[] =>
  settled.map((isSettled, offset) => ({
    at: { topic: 't', topicId: 'i', partition: 0, offset },
    verdict: isSettled ? { kind: 'done' } : { kind: 'retry', cause: 'transient' },
  }));

const names = (records: readonly SourceRecord[], said: readonly RecordVerdict[]): readonly string[] =>
  unfinishedRecords(records, said).map(({ listedUnder, offset }) => `${listedUnder}@${offset}`);

describe('the unfinished records', () => {
  it('are none where all are settled', () => {
    expect(names([record('t-0', 1), record('t-0', 2)], verdicts(true, true))).toEqual([]);
  });

  it('are the first of each partition and every later one of it, finished or not', () => {
    const records = [
      record('t-0', 1),
      record('t-0', 2),
      record('t-0', 3),
      record('t-1', 7),
      record('t-1', 8),
      record('t-2', 5),
    ];
    expect(names(records, verdicts(true, false, true, true, false, true))).toEqual([
      't-0@2',
      't-0@3',
      't-1@8',
    ]);
  });

  it('are named by the key of the event’s map, whatever their own partition is', () => {
    expect(names([record('renamed-9', 5_000_000_000)], verdicts(false))).toEqual(['renamed-9@5000000000']);
  });

  it('include a record without any verdict', () => {
    expect(names([record('t-0', 1), record('t-0', 2)], verdicts(true))).toEqual(['t-0@2']);
  });
});

describe('the answer', () => {
  const unfinished = [{ listedUnder: 't-0', offset: 100 }];

  it('names each unfinished record by an object', () => {
    expect(respond({ verdicts: verdicts(false), unfinished }, 'partial')).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: 't-0', offset: 100 } }],
    });
  });

  it('names none where all are finished, in either mode', () => {
    for (const mode of ['partial', 'throw'] as const)
      expect(respond({ verdicts: verdicts(true), unfinished: [] }, mode)).toEqual({ batchItemFailures: [] });
  });

  it('is an error where the mapping takes no partial responses', () => {
    expect(() => respond({ verdicts: verdicts(false, true), unfinished }, 'throw')).toThrow(
      expect.objectContaining({ code: 'UNFINISHED_RECORDS' }) as Error,
    );
  });
});

describe('the wait', () => {
  const at = (suggestions: readonly number[], leftMs: number): number =>
    waitMs(suggestions, 1_000, epochMsOf(0), epochMsOf(leftMs));

  it.each([
    ['nothing, where everything is settled', [], 30_000, 0],
    ['the contract’s least', [0], 30_000, 1_000],
    ['for the earliest that is worth another try', [9_000, 4_000], 30_000, 4_000],
    ['but leaves the time to answer', [60_000], 30_000, 28_500],
    ['and never a time that is over', [60_000], 1_000, 0],
    ['just up to the margin', [0], 2_499, 999],
  ])('takes %s', (_, suggestions, leftMs, expected) => {
    expect(at(suggestions, leftMs)).toBe(expected);
  });
});
