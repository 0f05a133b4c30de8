import { styleText } from 'node:util';

type Format = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>;

/** Where text goes: standard output is for data, standard error for messages. */
export interface Screen {
  readonly isTty: boolean;
  /** Whether it shows colours: a terminal does, except with NO_COLOR; FORCE_COLOR decides before both. */
  readonly hasColour: boolean;
  columns(): number;
  write(text: string): void;
}

/** A word to choose, and what it means. */
export interface Choosable {
  readonly word: string;
  readonly hint?: string;
}

export interface Terminal {
  readonly out: Screen;
  readonly err: Screen;
  /** Asks for a line; `undefined` where nobody sits at the terminal, or where it was left with Ctrl-C. */
  ask(question: string): Promise<string | undefined>;
  /** Whether somebody sits at it and can be asked. */
  readonly isInteractive: boolean;
  /** Lets one of some words be chosen, the first unless another is; `undefined` as {@link ask}. */
  choose(question: string, words: readonly Choosable[]): Promise<string | undefined>;
}

/** Paints text for a screen, or leaves it as it is. */
export const paint = (screen: Screen, format: Format, text: string): string =>
  screen.hasColour ? styleText(format, text, { validateStream: false }) : text;

export const writeLine = (screen: Screen, text: string): void => screen.write(`${text}\n`);
