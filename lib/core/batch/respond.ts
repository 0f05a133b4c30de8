import { InvariantError } from '../errors.ts';
import type { BatchResult, Invocation, RecordVerdict, UnfinishedRecord } from '../ports/stage-ports.ts';
import type { SourceRecord } from '../record.ts';
import { isSettled } from '../verdict.ts';

/**
 * What a mapping must be told: of each partition the first unfinished record and every later one, finished or not.
 *
 * Lambda does not document what it commits after a partial failure of a Kafka batch. Told so, it is right whether it takes
 * the list as a point to resume at or as the records to retry.
 */
export const unfinishedRecords = (
  records: readonly SourceRecord[],
  verdicts: readonly RecordVerdict[],
): readonly UnfinishedRecord[] => {
  const broken = new Set<string>();
  return records.flatMap((record, index) => {
    const verdict = verdicts[index]?.verdict;
    if (verdict === undefined || !isSettled(verdict)) broken.add(record.listedUnder);
    return broken.has(record.listedUnder) ? [{ listedUnder: record.listedUnder, offset: record.offset }] : [];
  });
};

/** Lambda's partial-batch response for Kafka: the identifier is an object. */
export interface PartialResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}

/**
 * The answer of an invocation.
 *
 * @throws {InvariantError} `UNFINISHED_RECORDS` in mode `throw`: without partial responses Lambda would commit past what is not finished
 */
export const respond = (result: BatchResult, mode: Invocation['response']): PartialResponse => {
  if (mode === 'throw' && result.unfinished.length > 0)
    throw new InvariantError('UNFINISHED_RECORDS', {
      message: `${result.unfinished.length} of ${result.verdicts.length} records are not finished; the mapping takes no partial responses, so the whole batch is delivered again`,
    });
  return {
    batchItemFailures: result.unfinished.map(({ listedUnder, offset }) => ({
      itemIdentifier: { partition: listedUnder, offset },
    })),
  };
};
