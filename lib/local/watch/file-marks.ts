import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What tells one state of a file from another; `undefined`: there is no such file. */
export type FileMarks = ReadonlyMap<string, string | undefined>;

const markOf = (file: string): string | undefined => {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.size} ${stat.mtimeMs} ${stat.ino}`;
};

/**
 * Marks of files as they are now. They are asked for, and not waited for: what tells of changes differs by system and editor, and
 * is silent on a folder that is shared with a container. A few hundred files take less than a millisecond.
 *
 * @param files - absolute
 */
export const marksOf = (files: Iterable<string>): FileMarks =>
  new Map([...files].map((file) => [file, markOf(file)]));

/** Files whose marks differ. */
export const changedFiles = (before: FileMarks, now: FileMarks): readonly string[] =>
  [...new Set([...before.keys(), ...now.keys()])].filter((file) => before.get(file) !== now.get(file));

const isSource = /\.(?:[cm]?[jt]s|json)$/;

/** Sources under a folder, those among them that nothing imports yet: a bundle that fails may wait for one of them. */
export const sourcesUnder = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && isSource.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !file.includes('node_modules'));
  } catch {
    // The folder is being replaced.
    return [];
  }
};
