import { expect, it } from 'vitest';
import { noteMark, readLine } from '../../../lib/runtime/traced/note.ts';

const note = { kind: 'log', level: 'info', message: `of ${noteMark} itself` } as const;
const written = `${noteMark}${JSON.stringify(note)}`;

it.each([
  ['a note', written, { note, printed: undefined }],
  ['output', 'loaded', { note: undefined, printed: 'loaded' }],
  ['an empty line', '', { note: undefined, printed: '' }],
  ['output without a line end before a note', `...${written}`, { note, printed: '...' }],
  [
    'output that names the mark, before a note',
    `${noteMark} what${written}`,
    { note, printed: `${noteMark} what` },
  ],
  ['output that names the mark', `${noteMark} what`, { note: undefined, printed: `${noteMark} what` }],
])('a line is read: %s', (_, line, read) => {
  expect(readLine(line)).toEqual(read);
});
