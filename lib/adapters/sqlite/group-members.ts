import type { Clock } from '../../core/ports/clock.ts';
import type { Database } from './database.ts';

/** After so long without a word a member is missed, on the database's clock. */
export const SESSION_MS = 8_000;

const isRunning = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch (thrown) {
    // Another user's process lives too.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
};

/**
 * Who is in which group. A member whose process has ended is missed at once, however it ended. Every method is part of the
 * caller's transaction, and looks at those that live only.
 */
export class GroupMembers {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The one that has all partitions; `undefined` where there is none. */
  first(group: string): number | undefined {
    const now = this.#clock.now();
    const members = this.#database
      .statement(
        'SELECT number, process, expires_at AS expiresAt FROM group_members WHERE consumer_group = ? ORDER BY number',
      )
      .all(group) as unknown as readonly {
      readonly number: number;
      readonly process: number;
      readonly expiresAt: number;
    }[];
    return members.find(({ process: processId, expiresAt }) => expiresAt > now && isRunning(processId))
      ?.number;
  }

  /** @returns its number, above those of all others */
  add(group: string): number {
    // Whoever was missed is gone for good.
    const first = this.first(group);
    const missed = 'DELETE FROM group_members WHERE consumer_group = ? AND number < ?';
    this.#database.statement(missed).run(group, first ?? Number.MAX_SAFE_INTEGER);
    const added = this.#database
      .statement('INSERT INTO group_members (consumer_group, process, expires_at) VALUES (?, ?, ?)')
      .run(group, process.pid, this.#clock.now() + SESSION_MS);
    return Number(added.lastInsertRowid);
  }

  /** @returns whether it was not missed meanwhile */
  renew(number: number): boolean {
    const now = this.#clock.now();
    const sql = 'UPDATE group_members SET expires_at = ? WHERE number = ? AND expires_at > ?';
    return this.#database.statement(sql).run(now + SESSION_MS, number, now).changes > 0;
  }

  remove(number: number): void {
    this.#database.statement('DELETE FROM group_members WHERE number = ?').run(number);
  }
}
