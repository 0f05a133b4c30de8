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
  const results = all.length === 0 ? [] : await producer.produce(all);
  let next = 0;
  return lists.map((list) => {
    const own = list.map((record) => ({ record, result: results[next++] }));
    return answerOf(own);
  });
};

const answerOf = (
  own: readonly { readonly record: OutputRecord; readonly result: ProduceResult | undefined }[],
): Emitted => {
  const tooLarge = own.find(({ result }) => result?.kind === 'too-large');
  if (tooLarge) return { kind: 'too-large', record: tooLarge.record };
  return own.every(({ result }) => result?.kind === 'acked') ? { kind: 'acked' } : { kind: 'not-produced' };
};
