import { functionsOption } from './pipeline-options.ts';

/** What a command was told of where its pipeline is, as it was told. */
export interface Whereabouts {
  readonly name: string | undefined;
  /** `undefined`: where pipelines are by default. */
  readonly functions: string | undefined;
  readonly state: string | undefined;
  /** Where its log and its stores are, as options. */
  readonly platform: readonly string[];
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
  { name, functions, state, platform }: Whereabouts,
  more: readonly string[] = [],
): string =>
  [
    'npx freshet',
    command,
    ...(name === undefined ? [] : [quoted(name)]),
    ...more,
    ...(functions === undefined || functions === functionsOption.defaultText
      ? []
      : ['--functions', quoted(functions)]),
    ...(state === undefined ? [] : ['--state', quoted(state)]),
    ...platform.map(quoted),
  ].join(' ');
