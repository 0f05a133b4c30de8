import { isLetter, truncated } from '../dead-letter.ts';
import type { Producer, ProduceResult } from '../ports/event-log.ts';
import type { OutputRecord } from '../record.ts';

/** What became of a list of records that belong together. */
export type Emitted =
  | { readonly kind: 'acked' }
  /** Nothing is known to be lost, but not all is known to be there. */
  | { readonly kind: 'not-produced' }
  | { readonly kind: 'too-large'; readonly record: OutputRecord };

/**
 * Produces everything of a batch in one call; the results belong to their own lists.
 *
 * @param lists - the outputs and letters of each record
 * @returns one answer per list, in order
 */
export const emit = async (
  producer: Producer,
  lists: readonly (readonly OutputRecord[])[],
): Promise<readonly Emitted[]> => {
  const all = lists.flat();
  const results = all.length === 0 ? [] : await produceFitting(producer, all);
  let next = 0;
  return lists.map((list) => {
    const own = list.map((record) => ({ record, result: results[next++] }));
    return answerOf(own);
  });
};

/** A letter that the broker refuses for its size although the contract allows it goes without its value: it must not be stuck. */
const produceFitting = async (
  producer: Producer,
  records: readonly OutputRecord[],
): Promise<readonly ProduceResult[]> => {
  const first = await producer.produce(records);
  const again = records.flatMap((record, index) =>
    first[index]?.kind === 'too-large' && isLetter(record) && record.value !== null ? [index] : [],
  );
  if (again.length === 0) return first;
  const second = await producer.produce(
    again.flatMap((index) => (records[index] ? [truncated(records[index])] : [])),
  );
  const answers = new Map(again.map((index, position) => [index, second[position]]));
  return first.map((result, index) => answers.get(index) ?? result);
};

const answerOf = (
  own: readonly { readonly record: OutputRecord; readonly result: ProduceResult | undefined }[],
): Emitted => {
  const tooLarge = own.find(({ result }) => result?.kind === 'too-large');
  if (tooLarge) return { kind: 'too-large', record: tooLarge.record };
  return own.every(({ result }) => result?.kind === 'acked') ? { kind: 'acked' } : { kind: 'not-produced' };
};
