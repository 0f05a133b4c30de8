import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** A fixture that a test may change. */
export interface EditablePipeline {
  /** From the project's root, for `--functions`. */
  readonly functions: string;
  /** Absolute path of one of its files. */
  readonly file: (name: string) => string;
  /** Replaces a text that is there once, as a save does. */
  readonly edit: (name: string, text: string, by: string) => void;
}

/** A copy as deep in the project as the fixtures are, so that imports hold; gone with the test. */
export const editablePipeline = (fixture: string): EditablePipeline => {
  const parent = join(root, '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'edited-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, 'test/fixtures', fixture), join(folder, fixture), { recursive: true });
  const file = (name: string): string => join(folder, fixture, name);
  return {
    functions: relative(root, join(folder, fixture)),
    file,
    edit: (name, text, by) => {
      const before = readFileSync(file(name), 'utf8');
      if (before.split(text).length !== 2) throw new Error(`${name} has "${text}" not once`);
      writeFileSync(file(name), before.replace(text, by));
    },
  };
};
