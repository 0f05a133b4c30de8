import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../core/errors.ts';
import { invalidFolder } from './invalid-folder.ts';

export interface FolderLock {
  /** Releasing twice does no harm. */
  release(): void;
}

const SQLITE_BUSY = 5;

const isBusy = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  'errcode' in thrown &&
  typeof thrown.errcode === 'number' &&
  (thrown.errcode & 0xff) === SQLITE_BUSY;

const holderOf = (file: string): string => {
  try {
    return `process ${readFileSync(file, 'utf8').trim()}`;
  } catch {
    return 'another process';
  }
};

/**
 * Takes a folder for this process alone.
 *
 * The lock is SQLite's on a file of its own, so it is the operating system that holds it: it ends with the process however
 * that ends, and a lock that was left behind is none. The process id beside it is only for the message.
 *
 * @throws {ConfigError} `STATE_FOLDER_INVALID`
 */
export const lockFolder = (folder: string): FolderLock => {
  const pidFile = join(folder, 'lock.pid');
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
    // Without a journal there is no second file that could be left behind.
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    // Of a file that can only be read the lock would be shared, without a word: this fails there, and is never committed.
    connection.exec('PRAGMA user_version = 1');
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch (thrown) {
    connection?.close();
    throw invalidFolder(
      isBusy(thrown)
        ? {
            got: `${folder}, which ${holderOf(pidFile)} is using`,
            expected: 'a state folder for this run alone',
            fix: 'stop the other run, or name another folder with `--state`',
          }
        : {
            got: `${folder}, which cannot be written (${messageOf(thrown)})`,
            expected: 'a folder that can be written',
            fix: 'make it writable, or name another with `--state`',
          },
      thrown,
    );
  }
  return {
    release: () => {
      if (connection.isOpen) connection.close();
    },
  };
};
