import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command as README or docs show it. */
export interface DocumentedCommand {
  /** As it stands there, on one line. */
  readonly command: string;
  /** Page and line: `docs/operations.md:8`. */
  readonly where: string;
}

/** How a span inside a sentence begins where it is a command and no name of something. */
const beginsAsCommand = /^(?:npm|npx|node|bash|freshet) /;
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'zsh', 'shell', 'console']);

const fence = /^(`{3,}|~{3,})\s*(\w*)/;
/** Between backticks, over the end of a line too, but never over an empty one. */
const span = /(?<!`)(`+)(?!`)((?:(?!\n[ \t]*\n)[^])*?)(?<!`)\1(?!`)/g;

/**
 * Every command of a page, in its order: lines of a shell's blocks; of other blocks and of what stands in sentences between
 * backticks, whatever begins as a command does.
 */
export const commandsIn = (page: string, text: string): readonly DocumentedCommand[] => {
  const found: { readonly command: string; readonly line: number }[] = [];
  const prose: string[] = [];
  let block: { readonly end: string; readonly isShell: boolean } | undefined;
  let begun: { readonly command: string; readonly line: number } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [, marks = '', language = ''] = fence.exec(line.trim()) ?? [];
    const isFence = marks !== '' && (block === undefined || line.trim().startsWith(block.end));
    prose.push(isFence || block !== undefined ? '' : line);
    if (isFence) {
      block = block === undefined ? { end: marks, isShell: shells.has(language) } : undefined;
      begun = undefined;
    } else if (block !== undefined) {
      const shown = line.trim().replace(/^\$ /, '');
      const isCommand = block.isShell && shown !== '' && !shown.startsWith('#');
      if (begun === undefined && !isCommand && !beginsAsCommand.test(shown)) continue;
      const { command, line: first } = begun ?? { command: '', line: index + 1 };
      const whole = command + shown;
      begun = whole.endsWith('\\') ? { command: whole.slice(0, -1), line: first } : undefined;
      if (begun === undefined) found.push({ command: whole, line: first });
    }
  }
  const sentences = prose.join('\n');
  for (const { 2: content = '', index } of sentences.matchAll(span)) {
    const command = content.trim().replaceAll(/\s+/g, ' ');
    if (beginsAsCommand.test(command))
      found.push({ command, line: sentences.slice(0, index).split('\n').length });
  }
  return found
    .toSorted((one, other) => one.line - other.line)
    .map(({ command, line }) => ({ command, where: `${page}:${line}` }));
};

/** Every command of README.md and of the pages under docs/. */
export const documentedCommands = (root: string): readonly DocumentedCommand[] => {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => `docs/${name.replaceAll('\\', '/')}`);
  return ['README.md', ...docs].flatMap((page) => commandsIn(page, readFileSync(join(root, page), 'utf8')));
};

/** One sentence for each command that stands in no list; `lists` say where a list is. */
export const unclaimed = (
  documented: readonly DocumentedCommand[],
  lists: Readonly<Record<string, readonly string[]>>,
): readonly string[] =>
  documented
    .filter(({ command }) => !Object.values(lists).some((list) => list.includes(command)))
    .map(
      ({ command, where }) =>
        `${where}: got \`${command}\`, which no test runs; expected every command of the pages to be run. Fix: add it to one of ${Object.keys(lists).join('; ')}.`,
    );

/** One sentence for each command of a list that no page names any more. */
export const stale = (documented: readonly DocumentedCommand[], list: readonly string[]): readonly string[] =>
  list
    .filter((command) => !documented.some((known) => known.command === command))
    .map((command) => `no page names \`${command}\` any more. Fix: delete it from the list.`);

/**
 * A command with its placeholders, such as `<key>`, filled in.
 *
 * @throws {Error} for a placeholder without a value
 */
export const filledIn = (command: string, values: Readonly<Record<string, string>>): string =>
  command.replaceAll(/<([a-z][\w-]*)>/gi, (placeholder: string, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new Error(
      `got ${placeholder} in \`${command}\`, expected ${Object.keys(values).join(' or ') || 'no placeholder'}. Fix: give it a value where the command is run.`,
    );
  });
