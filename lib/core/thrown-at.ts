/** Where the code of a pipeline threw: said with the message, for whoever has to mend it. Positions are code, never data. */
import { cutText } from './cut-text.ts';
import { messageOf } from './errors.ts';

const longestMessage = 1_500;

/** `file:///C:/x` and `C:\x` are one place. */
const slashed = (path: string): string =>
  path
    .replaceAll('\\', '/')
    .replace(/^file:\/\//, '')
    .replace(/^\/(?=[A-Za-z]:\/)/, '');

/**
 * The folder that source maps name sources from. A bundle stands for the project's root: its maps say `functions/x/features.ts`,
 * and Node puts the bundle's folder before that.
 */
const ownBase = slashed(decodeURI(import.meta.url)).replace(/\/(?:lib\/core\/thrown-at\.ts|[^/]*)$/, '');

const fromBase = (folder: string, path: string): string => {
  const base = folder.split('/');
  const segments = path.split('/');
  const at = segments.findIndex((segment, index) => segment !== base[index]);
  // Another drive, or no path at all.
  if (at === 0) return path;
  return [...base.slice(at).map(() => '..'), ...segments.slice(at)].join('/');
};

const frame = /^ +at (?:.*\(|async )?([^()\n]+):(\d+):(\d+)\)?$/gm;
/** The engine's, a library's or Node's: whoever wrote the pipeline cannot mend it there. */
const isForeign = (path: string): boolean => /^(?:lib|bin)\/|(?:^|\/)node_modules\/|^node:/.test(path);

/**
 * The innermost frame of what was thrown that is neither the engine's nor a library's.
 *
 * @param folder - of the bundle that threw it, absolute, where that is not the one that this module is in
 * @returns path from the project's root, line and column: `functions/x/features.ts:12:5`; `undefined` where none is known
 */
export const placeOf = (thrown: unknown, folder = ownBase): string | undefined => {
  if (!(thrown instanceof Error) || typeof thrown.stack !== 'string') return undefined;
  // A message may have lines that look like frames.
  const start = thrown.stack.indexOf(thrown.message);
  const frames = thrown.stack.slice(start < 0 ? 0 : start + thrown.message.length);
  for (const [, path = '', line, column] of frames.matchAll(frame)) {
    const name = fromBase(slashed(folder), slashed(path));
    // Those of the engine outside of the bundle are named from where the engine lies.
    if (!isForeign(name) && !isForeign(fromBase(ownBase, slashed(path)))) return `${name}:${line}:${column}`;
  }
  return undefined;
};

/** What was thrown and where: `out of range (functions/x/features.ts:12:5)`. */
export const toldOf = (thrown: unknown): string => {
  const place = placeOf(thrown);
  const message = cutText(messageOf(thrown), longestMessage);
  return place === undefined ? message : `${message} (${place})`;
};

const told = /^(.*) \(([^()\n]+):(\d+):(\d+)\)$/s;

/** A message as {@link toldOf} wrote it, in its parts; `at` is `undefined` where it names no place. */
export const partsOfTold = (
  text: string,
): {
  readonly message: string;
  readonly at: { readonly file: string; readonly line: number; readonly column: number } | undefined;
} => {
  const [, message, file, line, column] = told.exec(text) ?? [];
  return message === undefined || file === undefined
    ? { message: text, at: undefined }
    : { message, at: { file, line: Number(line), column: Number(column) } };
};
