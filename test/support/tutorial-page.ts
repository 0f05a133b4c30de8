import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that a reader of the tutorial does. */
export type TutorialStep =
  | { readonly kind: 'save'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'run';
      readonly command: string;
      /** What is printed, with `…` for what differs; `undefined` where the page does not show it. */
      readonly output: string | undefined;
    };

const block = /^```(\w+)\n([^]*?)^```$/gm;
const saveAs = /Save this as `([^`]+)`:\s*$/;

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
      const next = blocks[at + 1];
      return [
        { kind: 'run', command: text.trim(), output: next?.language === 'text' ? next.text : undefined },
      ];
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
  tutorialSteps(root).flatMap((step) => (step.kind === 'run' ? [step.command] : []));

/** Runs of spaces are one: columns are as wide as what stands in them. */
export const comparable = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' ').trimEnd())
    .join('\n')
    .trim();

/** The pattern of an output: `…` is anything on its line, and any lines where it has one for itself. */
export const patternOf = (output: string, end = '$'): RegExp => {
  const lines = comparable(output).split('\n');
  const parts = lines.map((line, index) => {
    const isLast = index === lines.length - 1;
    if (line === '…') return isLast ? '[^]*' : '(?:.*\n)*?';
    const text = line.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
    return `${text.join('.*')}${isLast ? '' : '\n'}`;
  });
  return new RegExp(`^${parts.join('')}${end}`);
};
