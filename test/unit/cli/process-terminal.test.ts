import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { endWithReader, screenOf } from '../../../lib/cli/process-terminal.ts';

const stream = (isTTY: boolean | undefined, columns = 72): Parameters<typeof screenOf>[0] => ({
  columns,
  write: () => true,
  ...(isTTY === undefined ? {} : { isTTY }),
});

describe('a screen', () => {
  it.each([
    ['a terminal', true, {}, { isTty: true, hasColour: true, columns: 72 }],
    ['a terminal without colours', true, { NO_COLOR: '1' }, { isTty: true, hasColour: false, columns: 72 }],
    ['a terminal with NO_COLOR empty', true, { NO_COLOR: '' }, { isTty: true, hasColour: true, columns: 72 }],
    ['a dumb terminal', true, { TERM: 'dumb' }, { isTty: false, hasColour: false, columns: 100 }],
    [
      'a file that is to be coloured',
      false,
      { FORCE_COLOR: '1' },
      { isTty: false, hasColour: true, columns: 100 },
    ],
    [
      'a terminal, forced to none',
      true,
      { FORCE_COLOR: '0' },
      { isTty: true, hasColour: false, columns: 72 },
    ],
    [
      'a terminal with both',
      true,
      { FORCE_COLOR: '1', NO_COLOR: '1' },
      { isTty: true, hasColour: true, columns: 72 },
    ],
    ['a file', undefined, { TERM: 'xterm' }, { isTty: false, hasColour: false, columns: 100 }],
  ])('of %s', (_, isTTY, variables, expected) => {
    const screen = screenOf(stream(isTTY), variables);
    expect({ isTty: screen.isTty, hasColour: screen.hasColour, columns: screen.columns() }).toEqual(expected);
  });
});

it('a terminal that does not know its width has one', () => {
  expect(screenOf(stream(true, 0), {}).columns()).toBe(100);
});

it('a process ends with whoever reads what it says, and goes on to its end where SIGHUP tells it to', () => {
  const codes: number[] = [];
  const failed = endWithReader((code) => codes.push(code));
  const failure = (code: string): NodeJS.ErrnoException =>
    Object.assign(new Error(`write ${code}`), { code });
  failed(failure('EIO'));
  expect(codes).toEqual([]);
  failed(failure('EPIPE'));
  expect(codes).toEqual([141]);
  expect(() => failed(failure('ENOSPC'))).toThrow('write ENOSPC');
});

it('is the only one that decides on colours', () => {
  const folder = fileURLToPath(new URL('../../../lib', import.meta.url));
  const painting = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /styleText|\\u001B\[|\\x1b\[/i.test(readFileSync(join(folder, file), 'utf8')));
  // The live block moves the cursor, on terminals alone, and paints nothing.
  expect(painting.toSorted()).toEqual(['cli/live-block.ts', 'cli/terminal.ts']);
});
