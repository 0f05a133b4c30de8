import { stripVTControlCharacters } from 'node:util';
import type { Screen } from './terminal.ts';

/** To the end of the screen: what a terminal echoes of Ctrl-C stands behind the block. */
const clearBelow = '\u001B[J';
const up = (lines: number): string => (lines === 0 ? '' : `\u001B[${lines}A`);

/** Cuts a line to the screen's width: one that wrapped would not be found again. */
const fitted = (line: string, columns: number): string =>
  stripVTControlCharacters(line).length <= columns
    ? line
    : stripVTControlCharacters(line).slice(0, Math.max(0, columns - 1));

/** A few lines at the end of a terminal that are drawn over again and again; what is printed meanwhile stays above them. */
export class LiveBlock {
  readonly #screen: Screen;
  #lines: readonly string[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(lines: readonly string[]): void {
    const fit = lines.map((line) => fitted(line, this.#screen.columns()));
    this.#screen.write(`${this.#erased()}${fit.map((line) => `${line}\n`).join('')}`);
    this.#lines = fit;
  }

  /** Prints above the block. */
  print(text: string): void {
    const lines = this.#lines;
    this.#screen.write(`${this.#erased()}${text}\n`);
    this.#lines = [];
    this.show(lines);
  }

  /** Takes the block away. */
  clear(): void {
    this.show([]);
  }

  #erased(): string {
    const { length } = this.#lines;
    return length === 0 ? '' : `\r${up(length)}${clearBelow}`;
  }
}
