import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';

/** A place in the code of a pipeline. */
export interface Place {
  /** From the project's root, or absolute. */
  readonly file: string;
  /** 1 for the first. */
  readonly line: number;
  readonly column: number;
}

const place = /^(.+):(\d+):(\d+)$/;

/** From `functions/x/features.ts:12:5`. */
export const placeFrom = (text: string): Place | undefined => {
  const [, file, line, column] = place.exec(text) ?? [];
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
};

const longestLine = 120;

const lineOf = (file: string, line: number): string | undefined => {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[line - 1];
  } catch {
    // A place is worth telling also where its file is gone.
    return undefined;
  }
};

/**
 * The line at a place with its number, and a mark below the column; nothing where it cannot be read.
 *
 * A line that is too long is left out: its place says enough.
 */
const sourceLines = (root: string, { file, line, column }: Place): readonly string[] => {
  const text = lineOf(resolve(root, file), line)?.trimEnd();
  if (text === undefined || text.length > longestLine) return [];
  const indent = text.length - text.trimStart().length;
  const gutter = String(line);
  const mark = Math.max(0, column - 1 - indent);
  return [`${gutter} | ${text.trimStart()}`, `${' '.repeat(gutter.length)} | ${' '.repeat(mark)}^`];
};

/** The place and its line, as it is shown. */
export const placeLines = (root: string, at: Place): readonly string[] => {
  // Outside of the project a path from its root is hard to read.
  const near = relative(root, resolve(root, at.file));
  const file = near.startsWith('..') ? resolve(root, at.file) : near;
  return [`${file}:${at.line}:${at.column}`, ...sourceLines(root, at)];
};
