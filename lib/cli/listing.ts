import { choice } from './option.ts';
import { paint, writeLine, type Terminal } from './terminal.ts';

/** `--output` of every command that lists. */
export const listingOption = choice(['table', 'json', 'ndjson'], 'how the list is printed');

export type ListingFormat = 'table' | 'json' | 'ndjson';

type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, unknown>>;

/** A column of the table; in JSON the rows are printed whole. */
export interface Column<Item extends Row> {
  readonly title: string;
  readonly cell: (row: Item) => Cell;
}

const textOf = (cell: Cell): string => (cell === null ? '–' : String(cell));

const table = <Item extends Row>(
  { out }: Terminal,
  columns: readonly Column<Item>[],
  rows: readonly Item[],
): void => {
  const lines = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...lines.map((line) => textOf(line[index] ?? null).length)),
  );
  const aligned = (cells: readonly Cell[]): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return typeof cell === 'number' ? textOf(cell).padStart(width) : textOf(cell).padEnd(width);
      })
      .join('  ')
      .trimEnd();
  writeLine(out, paint(out, 'bold', aligned(columns.map(({ title }) => title))));
  for (const line of lines) writeLine(out, aligned(line));
};

/**
 * Says on standard error that a list is cut: whoever counts its lines must not take them for all.
 *
 * @param limit - the value of `--limit`
 */
export const noteCut = ({ err }: Terminal, shown: string, limit: number): void =>
  writeLine(err, `these are the ${shown} ${limit}; --limit shows more`);

/** Prints a list to standard output; where a table has no rows, standard error says so. */
export const printListing = <Item extends Row>(
  terminal: Terminal,
  format: ListingFormat,
  columns: readonly Column<Item>[],
  rows: readonly Item[],
  /** Such as "no effects in doubt". */
  whenEmpty: string,
): void => {
  switch (format) {
    case 'json':
      writeLine(terminal.out, JSON.stringify(rows, null, 2));
      return;
    case 'ndjson':
      for (const row of rows) writeLine(terminal.out, JSON.stringify(row));
      return;
    case 'table':
      if (rows.length === 0) writeLine(terminal.err, whenEmpty);
      else table(terminal, columns, rows);
      return;
  }
};
