import type { EventLog, LoggedRecord } from '../../lib/core/ports/event-log.ts';

/** Every record that a topic has, partition after partition. */
export const everyRecord = async (log: EventLog, topic: string): Promise<readonly LoggedRecord[]> => {
  const records: LoggedRecord[] = [];
  for (const { partition, earliest, end } of await log.offsets(topic))
    for (let from = earliest; from < end;) {
      const read = await log.read({ topic, partition, from, maxRecords: 5_000, maxBytes: 64 * 1024 * 1024 });
      const last = read.at(-1);
      if (last === undefined) break;
      records.push(...read);
      from = last.offset + 1;
    }
  return records;
};
