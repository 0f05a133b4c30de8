import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { placeOf } from '../../core/thrown-at.ts';
import { placeFrom, type Place } from './source-line.ts';

/** What Node puts above the stack of code that does not parse or link: the file and its line, the line, and marks below it. */
const headOf = /^(?:file:\/\/)?(\/?[^\n]+):(\d+)\n(?:[^\n]*\n)+?( *)\^/;

const unparsedPlace = (thrown: unknown): Place | undefined => {
  if (!(thrown instanceof SyntaxError)) return undefined;
  const [, file, line, indent] = headOf.exec(thrown.stack ?? '') ?? [];
  return file === undefined
    ? undefined
    : { file: decodeURI(file), line: Number(line), column: (indent?.length ?? 0) + 1 };
};

const notFound = /^Cannot find (?:module|package) '(.+)' imported from (.+)$/;

/** The import of what is not there: Node names its file, and not its line. */
const importPlace = ({ message }: Error): Place | undefined => {
  const [, wanted = '', file] = notFound.exec(message) ?? [];
  if (file === undefined || !existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const name = basename(wanted);
  const line = lines.findIndex((text) => text.includes(name) && /\b(?:from|import)\b/.test(text));
  return line < 0 ? undefined : { file, line: line + 1, column: (lines[line]?.indexOf(name) ?? 0) + 1 };
};

/** Where the code of a pipeline threw what was thrown, or what caused it; `undefined` where none of it is the pipeline's. */
export const placeOfThrown = (thrown: unknown, root: string): Place | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  const ofCause = placeOfThrown(thrown.cause, root);
  if (ofCause !== undefined) return ofCause;
  const place = placeOf(thrown, root);
  return unparsedPlace(thrown) ?? importPlace(thrown) ?? (place === undefined ? undefined : placeFrom(place));
};
