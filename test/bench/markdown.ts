import type { BenchResult } from './bench.ts';

export interface Measured {
  readonly machine: string;
  readonly results: readonly {
    readonly name: string;
    readonly title: string;
    readonly result: BenchResult;
  }[];
}

const begin = '<!-- bench: begin -->';
const end = '<!-- bench: end -->';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** All figures, with what was met and what was missed. */
export const markdown = ({ machine, results }: Measured): string =>
  [
    `${machine}.`,
    ...results.map(({ title, result: { figures, goals } }) =>
      [
        `### ${title}`,
        table(
          ['', ''],
          figures.map(({ what, value }) => [what, value]),
        ),
        ...(goals.length === 0
          ? []
          : [
              table(
                ['goal', 'measured', ''],
                goals.map(({ goal, measured, isMet }) => [goal, measured, isMet ? 'met' : '**missed**']),
              ),
            ]),
      ].join('\n\n'),
    ),
  ].join('\n\n');

/**
 * A text with the block between its marks replaced.
 *
 * @throws {Error} for a text without them
 */
export const withBlock = (text: string, block: string): string => {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from)
    throw new Error(`docs/performance.md has no lines "${begin}" and "${end}" to write the figures between`);
  return `${text.slice(0, from + begin.length)}\n\n${block}\n\n${text.slice(to)}`;
};
