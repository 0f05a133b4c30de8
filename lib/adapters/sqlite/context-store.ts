import type { ContextQuery, ContextStore, Observation, Read, Written } from '../../core/ports/stores.ts';
import { readEach, writeEach } from './batch.ts';
import { orUnavailable, type Database } from './database.ts';

/** Observations by context, key and event time. */
export class SqliteContextStore implements ContextStore {
  readonly #database: Database;
  readonly #pipeline: string;

  constructor(database: Database, pipeline: string) {
    this.#database = database;
    this.#pipeline = pipeline;
  }

  async observe(observations: readonly Observation[]): Promise<readonly Written[]> {
    const sql = `INSERT INTO observations (pipeline, context, key, event_time, epoch, "offset", id, digest, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET epoch = excluded.epoch, "offset" = excluded."offset", id = excluded.id,
        digest = excluded.digest, body = excluded.body
      WHERE (excluded.epoch, excluded."offset") >= (epoch, "offset")`;
    return writeEach(this.#database, observations, (seen) => {
      const { changes } = this.#database
        .statement(sql)
        .run(
          this.#pipeline,
          seen.context,
          seen.key,
          seen.eventTime,
          seen.epoch,
          seen.offset,
          seen.id,
          seen.digest,
          seen.body,
        );
      return { kind: changes === 1 ? 'applied' : 'conflict' };
    });
  }

  async newest(queries: readonly ContextQuery[]): Promise<readonly Read<Observation | undefined>[]> {
    const sql = `SELECT context, key, event_time AS eventTime, epoch, "offset", id, digest, body FROM observations
      WHERE pipeline = ? AND context = ? AND key = ? AND event_time <= ? ORDER BY event_time DESC LIMIT 1`;
    return readEach(this.#database, queries, ({ context, key, at }) => {
      const row = this.#database.statement(sql).get(this.#pipeline, context, key, at);
      return row && { ...(row as unknown as Observation) };
    });
  }

  async forget(context: string, historyMs: number): Promise<number> {
    // The newest of a key is never older than itself, so what the subquery looks for is not deleted under it.
    const sql = `DELETE FROM observations WHERE pipeline = ?1 AND context = ?2 AND event_time < -?3 + (
      SELECT max(newest.event_time) FROM observations AS newest
      WHERE newest.pipeline = ?1 AND newest.context = ?2 AND newest.key = observations.key)`;
    return orUnavailable(() =>
      this.#database.write(() =>
        Number(this.#database.statement(sql).run(this.#pipeline, context, historyMs).changes),
      ),
    );
  }
}
