import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that a reader of the tutorial does. */
export type TutorialStep =
  | { readonly kind: 'save'; readonly path: string; readonly text: string }
  /** Replaces a line of a file. */
  | { readonly kind: 'change'; readonly path: string; readonly line: string; readonly by: string }
  | {
      readonly kind: 'run';
      readonly command: string;
      /** What is printed, with `…` for what differs; `undefined` where the page does not show it. */
      readonly output: string | undefined;
      /** The command that kills it, from another terminal, once it has printed that. */
      readonly killedBy: string | undefined;
    };

const block = /^```(\w+)\n([^]*?)^```$/gm;
const saveAs = /Save this as `([^`]+)`:\s*$/;
const changeIn = /in `([^`]+)`:\s*$/;
const oneLine = /^-(.*)\n\+(.*)\n$/;
const kills = /^kill /;

/** What docs/tutorial.md has its reader do, in order. */
export const tutorialSteps = (root: string): readonly TutorialStep[] => {
  const page = readFileSync(join(root, 'docs/tutorial.md'), 'utf8');
  const blocks = [...page.matchAll(block)].map(({ 1: language = '', 2: text = '', index }) => ({
    language,
    text,
    before: page.slice(0, index),
  }));
  return blocks.flatMap(({ language, text, before }, at): readonly TutorialStep[] => {
    if (language === 'text') return [];
    if (language === 'sh') {
      const command = text.trim();
      if (kills.test(command)) return [];
      const next = blocks[at + 1];
      const output = next?.language === 'text' ? next.text : undefined;
      const killer = blocks[at + (output === undefined ? 1 : 2)]?.text.trim() ?? '';
      return [{ kind: 'run', command, output, killedBy: kills.test(killer) ? killer : undefined }];
    }
    if (language === 'diff') {
      const [, path] = changeIn.exec(before) ?? [];
      const [, line, by] = oneLine.exec(text) ?? [];
      if (path === undefined || line === undefined || by === undefined)
        throw new Error(`got the diff\n${text}expected one line and its successor, after "in \`path\`:"`);
      return [{ kind: 'change', path, line, by }];
    }
    const path = saveAs.exec(before)?.[1];
    if (path === undefined)
      throw new Error(
        `got a block of ${language} that nobody saves, expected "Save this as \`path\`:" before it`,
      );
    return [{ kind: 'save', path, text }];
  });
};

/** The commands that docs/tutorial.md shows. */
export const tutorialCommands = (root: string): readonly string[] =>
  tutorialSteps(root).flatMap((step) =>
    step.kind === 'run' ? [step.command, ...(step.killedBy === undefined ? [] : [step.killedBy])] : [],
  );

/** Runs of spaces are one: columns are as wide as what stands in them. */
export const comparable = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' ').trimEnd())
    .join('\n')
    .trim();

/** The pattern of a text as it stands. */
export const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

/** The pattern of an output: `…` is anything on its line, and any lines where it has one for itself. */
export const patternOf = (output: string, end = '$'): RegExp => {
  const lines = comparable(output).split('\n');
  const parts = lines.map((line, index) => {
    const isLast = index === lines.length - 1;
    if (line === '…') return isLast ? '[^]*' : '(?:.*\n)*?';
    const text = line.split('…').map(literal);
    return `${text.join('.*')}${isLast ? '' : '\n'}`;
  });
  return new RegExp(`^${parts.join('')}${end}`);
};
