import { functionsOption } from './pipeline-options.ts';

/** What a command was told of where its pipeline is, as it was told. */
export interface Whereabouts {
  readonly name: string | undefined;
  readonly functions: string;
  readonly state: string | undefined;
}

/** As a POSIX shell reads it back. */
const quoted = (word: string): string =>
  /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * A command to try next, on the same pipeline and state.
 *
 * @param command - such as `effects list`
 * @param more - its own options, ready to be read
 */
export const nextCommand = (
  command: string,
  { name, functions, state }: Whereabouts,
  more: readonly string[] = [],
): string =>
  [
    'npx freshet',
    command,
    ...(name === undefined ? [] : [quoted(name)]),
    ...more,
    ...(functions === functionsOption.defaultText ? [] : ['--functions', quoted(functions)]),
    ...(state === undefined ? [] : ['--state', quoted(state)]),
  ].join(' ');
