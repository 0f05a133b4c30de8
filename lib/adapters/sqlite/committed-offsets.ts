import { TransientError } from '../../core/errors.ts';
import type { CommittedOffset } from '../../core/ports/event-log.ts';
import type { Database } from './database.ts';

/** Stores a group's offsets, within the caller's transaction. @throws {TransientError} `LOG_UNAVAILABLE` */
export const storeOffsets = (
  database: Database,
  group: string,
  offsets: readonly CommittedOffset[],
): void => {
  const sql =
    'INSERT INTO committed_offsets (consumer_group, topic_id, partition, "offset") SELECT ?, topic_id, partition, ? FROM partitions WHERE topic_id = (SELECT id FROM topics WHERE name = ?) AND partition = ? ON CONFLICT DO UPDATE SET "offset" = excluded."offset"';
  for (const { topic, partition, offset } of offsets)
    if (database.statement(sql).run(group, offset, topic, partition).changes === 0)
      throw new TransientError('LOG_UNAVAILABLE', {
        message: `got a commit of group ${group} for ${topic}-${partition}; expected a partition that exists. Fix: create the topic.`,
        at: { topic, partition, offset },
      });
};
