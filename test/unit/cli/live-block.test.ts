import { expect, it } from 'vitest';
import { LiveBlock } from '../../../lib/cli/live-block.ts';
import type { Screen } from '../../../lib/cli/terminal.ts';

/** What a terminal of these columns shows after all that was written, as far as a live block goes. */
const emulated = (columns: number): { screen: Screen; shown: () => readonly string[] } => {
  const lines: string[] = [''];
  let row = 0;
  const put = (text: string): void => {
    text.split('\n').forEach((whole, index) => {
      const part = whole.replace('\r', '');
      if (index > 0) row += 1;
      expect(part.length).toBeLessThanOrEqual(columns);
      lines[row] = part === '' ? (lines[row] ?? '') : part;
    });
  };
  const write = (text: string): void => {
    const [first = '', ...escaped] = text.split('\u001B[');
    put(first);
    for (const sequence of escaped) {
      const [, count = '', letter, rest = ''] = /^(\d*)([A-Z])([^]*)$/.exec(sequence) ?? [];
      if (letter === 'A') row -= Number(count);
      else if (letter === 'J') lines.splice(row);
      put(rest);
    }
  };
  return {
    screen: { isTty: true, hasColour: false, columns: () => columns, write },
    shown: () => lines.slice(0, lines.findLastIndex((line) => line !== '') + 1),
  };
};

it('is drawn over itself, and what is printed stays above it', () => {
  const { screen, shown } = emulated(80);
  const block = new LiveBlock(screen);
  block.show(['one', 'two']);
  block.show(['three', 'four']);
  expect(shown()).toEqual(['three', 'four']);
  block.print('a message\nof two lines');
  expect(shown()).toEqual(['a message', 'of two lines', 'three', 'four']);
  block.show(['five']);
  expect(shown()).toEqual(['a message', 'of two lines', 'five']);
  block.clear();
  expect(shown()).toEqual(['a message', 'of two lines']);
});

it('takes away what the terminal echoes of a Ctrl-C', () => {
  const { screen, shown } = emulated(80);
  const block = new LiveBlock(screen);
  block.show(['one', 'two']);
  screen.write('^C');
  block.print('finishing');
  expect(shown()).toEqual(['finishing', 'one', 'two']);
  screen.write('^C');
  block.clear();
  expect(shown()).toEqual(['finishing']);
});

it('cuts what does not fit: a line that wrapped could not be found again', () => {
  const { screen, shown } = emulated(10);
  const block = new LiveBlock(screen);
  block.show(['0123456789abc', '0123456789']);
  expect(shown()).toEqual(['012345678', '0123456789']);
});
