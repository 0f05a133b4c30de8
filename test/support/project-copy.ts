import { cpSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a clone does not have, beside hidden folders: it is made by commands. */
const notCloned: ReadonlySet<string> = new Set(['node_modules', 'dist', 'cdk.out', 'coverage']);
const hidden: ReadonlySet<string> = new Set([
  '.oxlintrc.json',
  '.oxfmtrc.json',
  '.npmrc',
  '.gitignore',
  '.ci',
]);

/** Copies the project into an empty folder, as a fresh clone has it. */
export const cloneProject = (folder: string): void => {
  for (const name of readdirSync(root)) {
    if (notCloned.has(name) || (name.startsWith('.') && !hidden.has(name))) continue;
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
};

/** The same with its packages, which are linked. */
export const copyProject = (folder: string): void => {
  cloneProject(folder);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
};
