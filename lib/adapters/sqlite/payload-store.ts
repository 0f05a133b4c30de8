import type { PayloadRead, PayloadStore, PayloadStored } from '../../core/ports/payload-store.ts';
import { storeUnavailable, type Database } from './database.ts';

/** Contents of items that are too large for them. Nothing expires: the state folder goes as a whole. */
export class SqlitePayloadStore implements PayloadStore {
  readonly #database: Database;
  readonly #pipeline: string;

  constructor(database: Database, pipeline: string) {
    this.#database = database;
    this.#pipeline = pipeline;
  }

  async put(key: string, body: Uint8Array): Promise<PayloadStored> {
    const sql = `INSERT INTO payloads (pipeline, key, body) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET body = excluded.body`;
    try {
      this.#database.write(() => this.#database.statement(sql).run(this.#pipeline, key, body));
      return { kind: 'stored' };
    } catch (thrown) {
      return { kind: 'unavailable', cause: storeUnavailable(thrown) };
    }
  }

  async get(key: string): Promise<PayloadRead> {
    const sql = 'SELECT body FROM payloads WHERE pipeline = ? AND key = ?';
    try {
      const row = this.#database.statement(sql).get(this.#pipeline, key);
      return row === undefined ? { kind: 'missing' } : { kind: 'read', body: row['body'] as Uint8Array };
    } catch (thrown) {
      return { kind: 'unavailable', cause: storeUnavailable(thrown) };
    }
  }
}
