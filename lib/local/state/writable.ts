import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { invalidFolder } from './invalid-folder.ts';

const { R_OK, W_OK, X_OK } = constants;

/** What a run writes into its state folder, beside the lock; a reset deletes it before. */
const records: Readonly<Record<string, number>> = {
  'freshet.db': R_OK | W_OK,
  'freshet.db-wal': R_OK | W_OK,
  'freshet.db-shm': R_OK | W_OK,
  'receiver.ndjson': R_OK | W_OK,
  'receiver.url': R_OK | W_OK,
  'functions.log': W_OK,
  // Replaced, never written into.
  'run.json': R_OK,
};
const lock: Readonly<Record<string, number>> = { 'lock.db': R_OK | W_OK, 'lock.pid': R_OK | W_OK };
/** Files come and go in these. */
const folders = ['build', 'bucket', 'redrive'];

/** Nothing there, or no folder. */
const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR');

const isRefused = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode);
    return false;
  } catch (thrown) {
    return !isMissing(thrown);
  }
};

const refusedFolders = (folder: string, name: string): readonly string[] => {
  const path = join(folder, name);
  if (isRefused(path, R_OK | W_OK | X_OK)) return [name];
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => refusedFolders(folder, join(name, entry.name)));
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
};

/** @throws {ConfigError} `STATE_FOLDER_INVALID` where nobody can work in the folder, whatever is in it */
export const requireWritableFolder = (folder: string): void => {
  try {
    accessSync(folder, R_OK | W_OK | X_OK);
  } catch (thrown) {
    throw invalidFolder(
      {
        got: `${folder}, which cannot be read and written (${messageOf(thrown)})`,
        expected: 'a folder that is this user’s to write',
        fix: 'make it writable, or name another with `--state`',
      },
      thrown,
    );
  }
};

/**
 * Asked before anything is changed, for much of it is written first in the middle of a run; and SQLite opens what it cannot
 * write for reading, without a word.
 *
 * @param options.reset - what is there will be deleted: only what stays has to be writable
 * @throws {ConfigError} `STATE_FOLDER_INVALID` with all of a run's state that cannot be read and written
 * @see sqlite.org/c3ref/open.html, SQLITE_OPEN_READWRITE
 */
export const requireWritableState = (folder: string, { reset }: { readonly reset: boolean }): void => {
  const names = [
    ...Object.entries(reset ? lock : { ...records, ...lock })
      .filter(([name, mode]) => isRefused(join(folder, name), mode))
      .map(([name]) => name),
    ...folders.flatMap((name) => refusedFolders(folder, name)),
  ];
  if (names.length === 0) return;
  throw invalidFolder({
    got: `${folder}, in which ${names.join(', ')} cannot be read and written`,
    expected: 'a state folder that is this user’s to write, with all that is in it',
    fix: 'make it writable, or name another with `--state`; nothing was changed in this one',
  });
};
