import type { Clock } from '../../core/ports/clock.ts';
import type { CommittedOffset, ConsumerGroups, GroupState } from '../../core/ports/event-log.ts';
import { groupActive } from '../group-active.ts';
import { storeOffsets } from './committed-offsets.ts';
import { orUnavailable, type Database } from './database.ts';
import { GroupMembers } from './group-members.ts';

/** Committed offsets, kept under the topic's id: a topic that is created again has none. */
export class SqliteConsumerGroups implements ConsumerGroups {
  readonly #database: Database;
  readonly #members: GroupMembers;

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#members = new GroupMembers(database, clock);
  }

  async committed(group: string): Promise<readonly CommittedOffset[]> {
    return orUnavailable(() => this.#committed(group));
  }

  async commit(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    orUnavailable(() =>
      this.#database.write(() => {
        if (this.#members.first(group) !== undefined) throw groupActive(group);
        storeOffsets(this.#database, group, offsets);
      }),
    );
  }

  async listGroups(): Promise<readonly string[]> {
    const sql =
      'SELECT consumer_group AS name FROM committed_offsets WHERE topic_id IN (SELECT id FROM topics) UNION SELECT consumer_group FROM group_members ORDER BY 1';
    return orUnavailable(() =>
      this.#database
        .statement(sql)
        .all()
        .map(({ name }) => String(name)),
    );
  }

  async state(group: string): Promise<GroupState> {
    return orUnavailable(() =>
      this.#database.read(() => {
        if (this.#members.first(group) !== undefined) return 'active';
        return this.#committed(group).length === 0 ? 'absent' : 'empty';
      }),
    );
  }

  #committed(group: string): readonly CommittedOffset[] {
    const sql =
      'SELECT name AS topic, partition, "offset" FROM committed_offsets JOIN topics ON id = topic_id WHERE consumer_group = ? ORDER BY name, partition';
    return this.#database
      .statement(sql)
      .all(group)
      .map((row) => ({ ...(row as unknown as CommittedOffset) }));
  }
}
