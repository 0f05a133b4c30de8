import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/**
 * Makes a folder and what is missing above it.
 *
 * One folder after the other: `mkdirSync` with `recursive` never returns where the file system answers ENOENT although the
 * parent is there, as /proc does.
 *
 * @param folder - absolute
 * @throws {Error} where the nearest thing that exists is no folder, or the file system refuses
 */
export const makeFolder = (folder: string): void => {
  let existing = folder;
  // The root is its own parent.
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  if (!statSync(existing).isDirectory()) throw new Error(`${existing} is not a folder`);
  let made = existing;
  for (const name of relative(existing, folder).split(sep)) {
    if (name === '') continue;
    made = join(made, name);
    mkdirSync(made);
  }
};
