import { choice } from './option.ts';
import { paint, writeLine, type Terminal } from './terminal.ts';

/** `--output` of commands that show one thing. */
export const recordFormat = choice(['table', 'json', 'ndjson'], 'how it is printed');

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.length === 0 ? '–' : value.join('\n');
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
};

/** Prints one thing to standard output: a line for each member, or JSON. */
export const printRecord = (
  { out }: Terminal,
  format: 'table' | 'json' | 'ndjson',
  record: Readonly<Record<string, unknown>>,
): void => {
  if (format !== 'table') {
    writeLine(out, JSON.stringify(record, null, format === 'json' ? 2 : undefined));
    return;
  }
  const width = Math.max(...Object.keys(record).map((name) => name.length)) + 2;
  for (const [name, value] of Object.entries(record))
    writeLine(
      out,
      `${paint(out, 'bold', name.padEnd(width))}${textOf(value).replaceAll('\n', `\n${' '.repeat(width)}`)}`,
    );
};
