import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { deleteDatabase, openDatabase } from '../../../../lib/adapters/sqlite/database.ts';
import type { ConfigError } from '../../../../lib/core/errors.ts';
import { configErrorOf } from '../../../support/config-error.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const refusalOf = (folder: string): ConfigError => configErrorOf(() => openDatabase(folder).close());

const pragma = (folder: string, name: string): unknown => {
  const connection = new DatabaseSync(join(folder, 'freshet.db'));
  onTestFinished(() => connection.close());
  return connection.prepare(`PRAGMA ${name}`).get()?.[name];
};

/** The tables of a database, or the text of what is none. */
const contentsOf = (file: string): string => {
  const bytes = readFileSync(file);
  if (!bytes.toString('latin1').startsWith('SQLite')) return bytes.toString('latin1');
  const connection = new DatabaseSync(file);
  const tables = connection.prepare('SELECT name, sql FROM sqlite_schema').all();
  connection.close();
  return JSON.stringify(tables);
};

it('makes the folder and its file, with a write-ahead log', () => {
  const folder = join(temporaryFolder(), 'deep', 'state');
  openDatabase(folder).close();
  expect(readdirSync(folder)).toEqual(['freshet.db']);
  expect(pragma(folder, 'journal_mode')).toBe('wal');
});

it('opens again what it made, with what was written', () => {
  const folder = temporaryFolder();
  const first = openDatabase(folder);
  first.write(() => first.statement("INSERT INTO meta (name, value) VALUES ('mine', 'kept')").run());
  first.close();
  first.close();
  const second = openDatabase(folder);
  onTestFinished(() => second.close());
  expect(second.statement("SELECT value FROM meta WHERE name = 'mine'").get()).toEqual({ value: 'kept' });
});

it('refuses a state of another version and leaves it as it is', () => {
  const folder = temporaryFolder();
  openDatabase(folder).close();
  const connection = new DatabaseSync(join(folder, 'freshet.db'));
  connection.exec("UPDATE meta SET value = '999' WHERE name = 'schema'");
  connection.close();
  const refusal = refusalOf(folder);
  expect(refusal.code).toBe('STATE_FOLDER_INVALID');
  expect(refusal.problems).toEqual([
    {
      path: '--state',
      got: `${folder} with state of version 999`,
      expected: expect.stringMatching(/^state of version \d+$/) as string,
      fix: expect.stringContaining('`--reset`') as string,
    },
  ]);
  expect(refusal.message).toContain('or another folder with `--state`');
  expect(refusalOf(folder).problems[0]?.got).toBe(`${folder} with state of version 999`);
});

it.each([
  [
    'somebody else’s database',
    (file: string) => {
      const connection = new DatabaseSync(file);
      connection.exec('CREATE TABLE theirs (id INTEGER)');
      connection.close();
    },
  ],
  [
    'no database at all',
    (file: string) => writeFileSync(file, 'not a database, but long enough to have a header'.repeat(4)),
  ],
])('refuses a file that is %s, and does not touch it', (_, make) => {
  const folder = temporaryFolder();
  const file = join(folder, 'freshet.db');
  make(file);
  const before = contentsOf(file);
  const refusal = refusalOf(folder);
  expect(refusal.code).toBe('STATE_FOLDER_INVALID');
  expect(refusal.message).toContain('Fix: ');
  expect(contentsOf(file)).toBe(before);
});

it.each([
  ['is a file', { state: 'a file' }, 'state'],
  ['lies below a file', { state: 'a file' }, 'state/below'],
  ['has a folder where the file should be', { 'state/freshet.db/x': '' }, 'state'],
])('refuses a state folder that %s, and says which', (_, files, path) => {
  const folder = join(temporaryFolder(files), path);
  const refusal = refusalOf(folder);
  expect(refusal.code).toBe('STATE_FOLDER_INVALID');
  expect(refusal.problems[0]?.got).toContain(folder);
  expect(refusal.problems[0]?.fix).toContain('`--state`');
});

it('undoes all of a write that throws', () => {
  const database = openDatabase(temporaryFolder());
  onTestFinished(() => database.close());
  const insert = database.statement('INSERT INTO meta (name, value) VALUES (?, ?)');
  expect(() =>
    database.write(() => {
      insert.run('a', 'lost');
      throw new RangeError('no');
    }),
  ).toThrow(RangeError);
  database.write(() => insert.run('b', 'kept'));
  expect(database.statement("SELECT name FROM meta WHERE name <> 'schema'").all()).toEqual([{ name: 'b' }]);
});

it('waits while another thread is still making the file, where SQLite itself would not', async () => {
  const folder = temporaryFolder();
  // A reserved lock before the switch to WAL: SQLite refuses the switch at once, whatever its timeout.
  const making = new Worker(
    `const { DatabaseSync } = require('node:sqlite');
     const { parentPort, workerData } = require('node:worker_threads');
     const connection = new DatabaseSync(workerData);
     connection.exec('BEGIN IMMEDIATE');
     parentPort.postMessage('holds it');
     Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
     connection.exec('COMMIT');
     connection.close();`,
    { eval: true, workerData: join(folder, 'freshet.db') },
  );
  const ended = once(making, 'exit');
  await once(making, 'message');
  expect(() => openDatabase(folder).close()).not.toThrow();
  await ended;
});

it('holds the write lock from the beginning of a write, and none for a read', () => {
  const folder = temporaryFolder();
  const database = openDatabase(folder);
  const rival = new DatabaseSync(join(folder, 'freshet.db'), { timeout: 0 });
  onTestFinished(() => {
    database.close();
    rival.close();
  });
  const lock = (): void => rival.exec('BEGIN IMMEDIATE; ROLLBACK');
  database.write(() => expect(lock).toThrow('locked'));
  database.read(() => expect(lock).not.toThrow());
});

it('waits for whoever holds the write lock', () => {
  const database = openDatabase(temporaryFolder());
  onTestFinished(() => database.close());
  expect(database.statement('PRAGMA busy_timeout').get()).toEqual({ timeout: 10_000 });
});

it('runs a write again while SQLite answers that it is busy, and starts it from nothing', () => {
  const database = openDatabase(temporaryFolder());
  onTestFinished(() => database.close());
  const insert = database.statement('INSERT INTO meta (name, value) VALUES (?, ?)');
  let runs = 0;
  database.write(() => {
    runs += 1;
    insert.run('run', String(runs));
    // SQLITE_BUSY_SNAPSHOT, which no timeout waits for.
    if (runs < 3) throw Object.assign(new Error('database is locked'), { errcode: 517 });
  });
  expect(database.statement("SELECT value FROM meta WHERE name = 'run'").all()).toEqual([{ value: '3' }]);
});

it('reads one moment, whatever others write meanwhile', () => {
  const folder = temporaryFolder();
  const [reader, writer] = [openDatabase(folder), openDatabase(folder)];
  onTestFinished(() => {
    reader.close();
    writer.close();
  });
  const count = (): unknown => reader.statement('SELECT count(*) AS count FROM meta').get();
  const [before, after] = reader.read(() => {
    const first = count();
    writer.write(() => writer.statement("INSERT INTO meta (name, value) VALUES ('new', '')").run());
    return [first, count()];
  });
  expect(after).toEqual(before);
  expect(count()).not.toEqual(before);
});

it('deletes the state and nothing else', () => {
  const folder = temporaryFolder({ 'mine.txt': 'keep' });
  const database = openDatabase(folder);
  database.write(() => database.statement("INSERT INTO meta (name, value) VALUES ('mine', 'gone')").run());
  database.close();
  writeFileSync(join(folder, 'freshet.db-wal'), '');
  deleteDatabase(folder);
  expect(readdirSync(folder)).toEqual(['mine.txt']);
  deleteDatabase(folder);
  const anew = openDatabase(folder);
  onTestFinished(() => anew.close());
  expect(anew.statement("SELECT value FROM meta WHERE name = 'mine'").get()).toBeUndefined();
});
