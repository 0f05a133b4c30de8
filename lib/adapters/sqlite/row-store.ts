import type { Read, RowStore, RowWrite, StoredRow, Written } from '../../core/ports/stores.ts';
import type { Database } from './database.ts';
import { readEach, writeEach } from './batch.ts';

/** Rows of one pipeline's features. */
export class SqliteRowStore implements RowStore {
  readonly #database: Database;
  readonly #pipeline: string;

  constructor(database: Database, pipeline: string) {
    this.#database = database;
    this.#pipeline = pipeline;
  }

  async read(entities: readonly string[]): Promise<readonly Read<StoredRow | undefined>[]> {
    return readEach(this.#database, entities, (entity) => {
      const row = this.#database
        .statement('SELECT body, digest FROM rows WHERE pipeline = ? AND entity = ?')
        .get(this.#pipeline, entity);
      return row && { ...(row as unknown as StoredRow) };
    });
  }

  async write(writes: readonly RowWrite[]): Promise<readonly Written[]> {
    return writeEach(this.#database, writes, (write) => ({
      kind: this.#write(write) ? 'applied' : 'conflict',
    }));
  }

  #write({ entity, expected, row }: RowWrite): boolean {
    if (expected === null) {
      const insert =
        'INSERT INTO rows (pipeline, entity, body, digest) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
      return this.#database.statement(insert).run(this.#pipeline, entity, row.body, row.digest).changes === 1;
    }
    const update = 'UPDATE rows SET body = ?, digest = ? WHERE pipeline = ? AND entity = ? AND digest = ?';
    return (
      this.#database.statement(update).run(row.body, row.digest, this.#pipeline, entity, expected).changes ===
      1
    );
  }
}
