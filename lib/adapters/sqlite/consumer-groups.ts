import { TransientError } from '../../core/errors.ts';
import type { CommittedOffset, ConsumerGroups } from '../../core/ports/event-log.ts';
import { orUnavailable, type Database } from './database.ts';

/** Committed offsets, kept under the topic's id: a topic that is created again has none. */
export class SqliteConsumerGroups implements ConsumerGroups {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async committed(group: string): Promise<readonly CommittedOffset[]> {
    const sql =
      'SELECT name AS topic, partition, "offset" FROM committed_offsets JOIN topics ON id = topic_id WHERE consumer_group = ? ORDER BY name, partition';
    return orUnavailable(() =>
      this.#database
        .statement(sql)
        .all(group)
        .map((row) => ({ ...(row as unknown as CommittedOffset) })),
    );
  }

  async commit(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    const sql =
      'INSERT INTO committed_offsets (consumer_group, topic_id, partition, "offset") SELECT ?, topic_id, partition, ? FROM partitions WHERE topic_id = (SELECT id FROM topics WHERE name = ?) AND partition = ? ON CONFLICT DO UPDATE SET "offset" = excluded."offset"';
    orUnavailable(() =>
      this.#database.write(() => {
        for (const { topic, partition, offset } of offsets) {
          if (this.#database.statement(sql).run(group, offset, topic, partition).changes === 0) {
            throw new TransientError('LOG_UNAVAILABLE', {
              message: `got a commit of group ${group} for ${topic}-${partition}; expected a partition that exists. Fix: create the topic.`,
              at: { topic, partition, offset },
            });
          }
        }
      }),
    );
  }

  async listGroups(): Promise<readonly string[]> {
    const sql =
      'SELECT DISTINCT consumer_group AS name FROM committed_offsets WHERE topic_id IN (SELECT id FROM topics) ORDER BY 1';
    return orUnavailable(() =>
      this.#database
        .statement(sql)
        .all()
        .map(({ name }) => String(name)),
    );
  }
}
