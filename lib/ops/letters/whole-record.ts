import type { EventLog } from '../../core/ports/event-log.ts';
import type { Letter, LetteredRecord } from './letter.ts';

/**
 * The record of a letter, whole: a letter that had no room for it points to where the record stands in its topic.
 *
 * @returns why it cannot be had, where that is so
 */
export const wholeRecord = async (
  log: EventLog,
  { record, truncatedBytes }: Letter,
): Promise<LetteredRecord | { readonly gone: string }> => {
  if (truncatedBytes === 0) return record;
  const { topic, topicId, partition, offset } = record;
  const [currentId] = await log.topicIds([topic]);
  const [found] =
    currentId === topicId
      ? await log.read({ topic, partition, from: offset, maxRecords: 1, maxBytes: truncatedBytes })
      : [];
  return found?.offset === offset
    ? { ...record, key: found.key, value: found.value, headers: found.headers }
    : {
        gone: `${truncatedBytes} bytes of it had no room in the letter, and the record itself is no longer in ${topic}`,
      };
};
