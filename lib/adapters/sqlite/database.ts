import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ConfigError, TransientError, messageOf } from '../../core/errors.ts';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

const FILE = 'freshet.db';

/** How long a statement waits for another connection's write before it answers that the store is unavailable. */
const BUSY_TIMEOUT_MS = 10_000;

const SQLITE_BUSY = 5;

/** The primary result code of whatever node:sqlite threw, `undefined` where it threw something else. */
const resultCode = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
    ? thrown.errcode & 0xff
    : undefined;

const pause = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

/**
 * Runs again what SQLite refused as busy, for as long as the busy timeout.
 *
 * The timeout alone does not do: SQLite answers at once, without waiting, where waiting would not help the transaction that
 * asked (BUSY_SNAPSHOT), where another connection is switching to WAL too, and where one recovers the log of a writer that was
 * killed (BUSY_RECOVERY).
 *
 * @see sqlite.org/rescode.html#busy and sqlite.org/c3ref/busy_handler.html
 */
const whileBusy = <Value>(work: () => Value): Value => {
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
    try {
      return work();
    } catch (thrown) {
      if (resultCode(thrown) !== SQLITE_BUSY || performance.now() >= giveUpAt) throw thrown;
      pause(waitMs);
    }
  }
};

const invalidFolder = (
  problem: { readonly got: string; readonly expected: string; readonly fix: string },
  cause?: unknown,
): ConfigError =>
  new ConfigError('STATE_FOLDER_INVALID', {
    message: 'The state folder cannot be used.',
    problems: [{ path: '--state', ...problem }],
    cause,
  });

/**
 * One connection to `<folder>/freshet.db`, the file of everything embedded. Every thread opens its own.
 *
 * Durability: what was acknowledged survives the end of the process, `kill -9` included, for it is in the write-ahead log in
 * the operating system's hands. After a loss of power or a crash of the operating system the last commits since a checkpoint
 * may be gone (`synchronous=NORMAL`); the file stays whole. That bound is why this is for laptops and tests.
 */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Use {@link openDatabase}. */
  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** A prepared statement, prepared at its first use and kept. */
  statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const prepared = this.#connection.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  /** Everything that `work` reads is of one moment. */
  read<Value>(work: () => Value): Value {
    return this.#transaction('BEGIN', work);
  }

  /**
   * All or nothing, and alone among all connections: the lock is taken first (BEGIN IMMEDIATE), for a read that turns into a
   * write later would fail instead of wait. `work` may run more than once, so it must only touch the database.
   */
  write<Value>(work: () => Value): Value {
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  /**
   * Runs one statement of several in a transaction, whose failure is its own: SQLite undoes the statement that failed, and its
   * neighbours stay. So `statement` writes at most once. What ended the whole transaction (disk full, I/O error) is thrown on.
   */
  each<Value>(statement: () => Value, failed: (cause: unknown) => Value): Value {
    try {
      return statement();
    } catch (thrown) {
      if (!this.#connection.isTransaction || resultCode(thrown) === SQLITE_BUSY) throw thrown;
      return failed(thrown);
    }
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** Closing twice does no harm. */
  close(): void {
    this.#statements.clear();
    if (this.#connection.isOpen) this.#connection.close();
  }

  #transaction<Value>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => Value): Value {
    return whileBusy(() => {
      this.#connection.exec(begin);
      try {
        const value = work();
        this.#connection.exec('COMMIT');
        return value;
      } catch (thrown) {
        if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
        throw thrown;
      }
    });
  }
}

const FOREIGN = 'foreign';

/** What stands in the file: the version of our state, none where the file is new, or FOREIGN where others made it. */
const versionIn = (connection: DatabaseSync): string | undefined => {
  const tables = connection.prepare('SELECT name FROM sqlite_schema').all();
  if (tables.length === 0) return undefined;
  if (!tables.some(({ name }) => name === 'meta')) return FOREIGN;
  const version = connection.prepare("SELECT value FROM meta WHERE name = 'schema'").get()?.['value'];
  return typeof version === 'string' ? version : FOREIGN;
};

/** Also shows whether the file can be written at all: of one that can only be read BEGIN IMMEDIATE takes it for reading. */
const prepareSchema = (connection: DatabaseSync, database: Database, folder: string): void =>
  database.write(() => {
    const version = versionIn(connection);
    if (version === undefined) connection.exec(SCHEMA);
    else if (version !== String(SCHEMA_VERSION)) {
      throw invalidFolder({
        got:
          version === FOREIGN
            ? `${folder} with a ${FILE} that is not Freshet's`
            : `${folder} with state of version ${version}`,
        expected: `state of version ${SCHEMA_VERSION}`,
        fix: '`--reset` to delete this state and begin anew, or another folder with `--state`',
      });
    }
    // Changes nothing, and is refused where a change would be.
    connection.exec('UPDATE meta SET value = value WHERE false');
  });

/**
 * Opens `<folder>/freshet.db`; makes the folder and the file where they are missing.
 *
 * @throws {ConfigError} `STATE_FOLDER_INVALID`: not a folder, not writable, of another version, or not a database of ours
 */
export const openDatabase = (folder: string): Database => {
  let connection: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    const opened = new DatabaseSync(join(folder, FILE), { timeout: BUSY_TIMEOUT_MS });
    connection = opened;
    whileBusy(() => opened.exec('PRAGMA journal_mode = WAL'));
    opened.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY');
    // Only a checkpoint waits for the disk, and all writers wait for it: every 32 MB instead of every 4 MB.
    opened.exec('PRAGMA wal_autocheckpoint = 8000');
    const database = new Database(opened);
    prepareSchema(opened, database, folder);
    return database;
  } catch (thrown) {
    if (connection?.isOpen) connection.close();
    if (thrown instanceof ConfigError) throw thrown;
    throw invalidFolder(
      {
        got: `${folder}, where ${FILE} cannot be opened (${messageOf(thrown)})`,
        expected: 'a folder that can be made and written, with a state of Freshet or none',
        fix: 'make it writable, `--reset` to delete what is damaged, or another folder with `--state`',
      },
      thrown,
    );
  }
};

/** Deletes the embedded state in a folder, and nothing else that lies there. No connection may be open. */
export const deleteDatabase = (folder: string): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `${FILE}${suffix}`), { force: true });
};

/** What the stores answer with where SQLite did not do what was asked: it may be busy, full or gone, so trying again may help. */
export const storeUnavailable = (cause: unknown): TransientError =>
  new TransientError('STORE_UNAVAILABLE', {
    message: `The embedded store did not answer: got "${messageOf(cause)}"; expected the write or read to succeed. Fix: see that the state folder's disk has room and that no other program holds ${FILE}.`,
    cause,
  });

/** Runs a port's method that has no answer of its own for an outage. @throws {TransientError} `STORE_UNAVAILABLE` */
export const orUnavailable = <Value>(work: () => Value): Value => {
  try {
    return work();
  } catch (thrown) {
    throw thrown instanceof TransientError ? thrown : storeUnavailable(thrown);
  }
};
