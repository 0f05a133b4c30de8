import { styleText } from 'node:util';

type Format = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>;

/** Where text goes: standard output is for data, standard error for messages. */
export interface Screen {
  readonly isTty: boolean;
  /** Whether it shows colours; never off a terminal, and not with NO_COLOR. */
  readonly hasColour: boolean;
  columns(): number;
  write(text: string): void;
}

export interface Terminal {
  readonly out: Screen;
  readonly err: Screen;
  /** Asks for a line; `undefined` where nobody sits at the terminal, or where it was left with Ctrl-C. */
  ask(question: string): Promise<string | undefined>;
}

/** Paints text for a screen, or leaves it as it is. */
export const paint = (screen: Screen, format: Format, text: string): string =>
  screen.hasColour ? styleText(format, text, { validateStream: false }) : text;

export const writeLine = (screen: Screen, text: string): void => screen.write(`${text}\n`);
