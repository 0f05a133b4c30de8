import { UsageError } from '../core/errors.ts';

/** An option of a command. Its name is the member it stands under. */
export interface Option<Value> {
  readonly description: string;
  /** How its value is written in the help: `folder`; `undefined` for a flag. */
  readonly placeholder: string | undefined;
  readonly choices: readonly string[] | undefined;
  /** As the help shows it. */
  readonly defaultText: string | undefined;
  /**
   * From the text on the command line, `undefined` where the option was not given, to its value.
   *
   * @param flag - the option as written, for the message
   * @throws {UsageError}
   */
  readonly valueOf: (text: string | undefined, flag: string) => Value;
}

export const flag = (description: string): Option<boolean> => ({
  description,
  placeholder: undefined,
  choices: undefined,
  defaultText: undefined,
  valueOf: (text) => text !== undefined,
});

/** A text; `undefined` where it was not given and has no default. */
export const text = (placeholder: string, description: string): Option<string | undefined> =>
  parsed(placeholder, description, (value) => value);

export const textOr = (placeholder: string, description: string, byDefault: string): Option<string> => ({
  description,
  placeholder,
  choices: undefined,
  defaultText: byDefault,
  valueOf: (value) => value ?? byDefault,
});

/** One of a few words; the first is the default. */
export const choice = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  description: string,
): Option<Words[number]> => ({
  description,
  placeholder: words.join('|'),
  choices: words,
  defaultText: words[0],
  valueOf: (value, name) => {
    if (value === undefined) return words[0];
    if (!words.includes(value)) throw invalidOption(name, value, words.join(', '), `name one of them`);
    return value;
  },
});

/** One of a few words; `undefined` where it was not given. */
export const choiceOrNone = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  description: string,
): Option<Words[number] | undefined> => ({
  ...parsed(words.join('|'), description, (value, name): Words[number] => {
    if (words.includes(value)) return value;
    throw invalidOption(name, value, words.join(', '), 'name one of them');
  }),
  choices: words,
});

/** A value that is read from its text by `parse`, which throws {@link invalidOption}. */
export const parsed = <Value>(
  placeholder: string,
  description: string,
  parse: (value: string, flag: string) => Value,
  defaultText?: string,
): Option<Value | undefined> => ({
  description,
  placeholder,
  choices: undefined,
  defaultText,
  valueOf: (value, name) => (value === undefined ? undefined : parse(value, name)),
});

/** A number within bounds, both inclusive. */
export const number = (
  placeholder: string,
  description: string,
  {
    least,
    most,
    isWhole = false,
    example = Math.max(least, Math.min(most, 1)),
  }: {
    readonly least: number;
    readonly most: number;
    readonly isWhole?: boolean;
    /** Named where the value cannot serve. */
    readonly example?: number;
  },
): Option<number | undefined> =>
  parsed(placeholder, description, (value, name) => {
    const given = value.trim() === '' ? Number.NaN : Number(value);
    if (given >= least && given <= most && (!isWhole || Number.isInteger(given))) return given;
    throw invalidOption(
      name,
      value,
      `a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`,
      `write ${name} ${example}, for example`,
    );
  });

/** What was given cannot serve: got, expected, fix. */
export const invalidOption = (name: string, got: string, expected: string, fix: string): UsageError =>
  new UsageError('USAGE', { message: `${name}: got "${got}", expected ${expected}. Fix: ${fix}.` });
