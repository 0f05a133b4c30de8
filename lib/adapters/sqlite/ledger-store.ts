import type { LedgerItem } from '../../core/ledger/item.ts';
import { transitioned } from '../../core/ledger/transitions.ts';
import type { LedgerStore, LedgerWrite, LedgerWritten, Read } from '../../core/ports/stores.ts';
import type { EpochMs } from '../../core/units.ts';
import { readEach, writeEach } from './batch.ts';
import { orUnavailable, type Database } from './database.ts';

const itemOf = (row: { readonly item?: unknown } | undefined): LedgerItem | undefined =>
  row && (JSON.parse(String(row.item)) as LedgerItem);

/** The claims of inference or the effect ledger of action, each in a table of its own. Core's table decides every write. */
export class SqliteLedgerStore implements LedgerStore {
  readonly #database: Database;
  readonly #pipeline: string;
  readonly #table: 'claims' | 'effects';

  constructor(database: Database, pipeline: string, table: 'claims' | 'effects') {
    this.#database = database;
    this.#pipeline = pipeline;
    this.#table = table;
  }

  async read(keys: readonly string[]): Promise<readonly Read<LedgerItem | undefined>[]> {
    return readEach(this.#database, keys, (key) => this.#read(key));
  }

  async apply(writes: readonly LedgerWrite[]): Promise<readonly LedgerWritten[]> {
    return writeEach(this.#database, writes, ({ key, transition }): LedgerWritten => {
      const stored = this.#read(key);
      const item = transitioned(transition, stored);
      if (!item) return { kind: 'refused', item: stored };
      this.#write(key, item);
      return { kind: 'applied', item };
    });
  }

  async list({
    states,
    limit,
  }: {
    readonly states: readonly LedgerItem['state'][];
    readonly limit: number;
  }): Promise<readonly LedgerItem[]> {
    const sql = `SELECT item FROM ${this.#table} WHERE pipeline = ? AND state IN (SELECT value FROM json_each(?))
      ORDER BY first_attempt, key LIMIT ?`;
    return orUnavailable(() =>
      this.#database
        .statement(sql)
        .all(this.#pipeline, JSON.stringify(states), limit)
        .flatMap((row) => itemOf(row) ?? []),
    );
  }

  /** How many items are in some states, counted up to `limit`. @throws {TransientError} `STORE_UNAVAILABLE` */
  async count({
    states,
    limit,
  }: {
    readonly states: readonly LedgerItem['state'][];
    readonly limit: number;
  }): Promise<number> {
    const sql = `SELECT count(*) AS count FROM
      (SELECT 1 FROM ${this.#table} WHERE pipeline = ? AND state IN (SELECT value FROM json_each(?)) LIMIT ?)`;
    return orUnavailable(() =>
      Number(this.#database.statement(sql).get(this.#pipeline, JSON.stringify(states), limit)?.['count']),
    );
  }

  async expire(now: EpochMs): Promise<number> {
    const sql = `DELETE FROM ${this.#table} WHERE pipeline = ? AND expires_at <= ?`;
    return orUnavailable(() =>
      this.#database.write(() => Number(this.#database.statement(sql).run(this.#pipeline, now).changes)),
    );
  }

  /**
   * Ends the leases of all claims at once, so that whoever comes next need not wait for them.
   *
   * Only for whoever holds the state folder alone and has just begun: every worker of before is dead then. Were one alive
   * after all, nothing would be done twice for it: a completion checks the owner, and a taken claim is run by its new one.
   *
   * @returns how many leases were still running
   */
  async endLeases(now: EpochMs): Promise<number> {
    const sql = `UPDATE ${this.#table} SET item = json_set(item, '$.leaseUntil', ?2)
      WHERE pipeline = ?1 AND state = 'CLAIMED' AND item ->> '$.leaseUntil' > ?2`;
    return orUnavailable(() =>
      this.#database.write(() => Number(this.#database.statement(sql).run(this.#pipeline, now).changes)),
    );
  }

  /** How many items are in each state; a state that none is in is left out. */
  async countByState(): Promise<Readonly<Partial<Record<LedgerItem['state'], number>>>> {
    const sql = `SELECT state, count(*) AS count FROM ${this.#table} WHERE pipeline = ? GROUP BY state`;
    const rows = orUnavailable(() => this.#database.statement(sql).all(this.#pipeline));
    return Object.fromEntries(rows.map(({ state, count }) => [String(state), Number(count)]));
  }

  #read(key: string): LedgerItem | undefined {
    const sql = `SELECT item FROM ${this.#table} WHERE pipeline = ? AND key = ?`;
    return itemOf(this.#database.statement(sql).get(this.#pipeline, key));
  }

  #write(key: string, item: LedgerItem): void {
    const sql = `INSERT INTO ${this.#table} (pipeline, key, state, first_attempt, expires_at, item) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET state = excluded.state, first_attempt = excluded.first_attempt,
        expires_at = excluded.expires_at, item = excluded.item`;
    this.#database
      .statement(sql)
      .run(this.#pipeline, key, item.state, item.firstAttempt, item.expiresAt, JSON.stringify(item));
  }
}
