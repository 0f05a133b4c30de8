import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSample } from '../../../lib/new/read-sample.ts';
import { temporaryFolder } from '../../support/folder.ts';

const read = (text: string) =>
  readSample(join(temporaryFolder({ 'events.ndjson': text }), 'events.ndjson'), 'events.ndjson');

describe('a sample', () => {
  it('is read line by line: blank ones count and are passed over, a byte-order mark too', async () => {
    expect(await read('\uFEFF{"a":1}\r\n\n  {"a":12345678901234567890}')).toEqual([
      { line: 1, event: { a: 1 }, text: '{"a":1}' },
      { line: 3, event: { a: 12345678901234567000 }, text: '{"a":12345678901234567890}' },
    ]);
  });

  it('is read no further than ten thousand events', async () => {
    expect(await read('{"a":1}\n'.repeat(10_001))).toHaveLength(10_000);
  });

  it.each([
    ['an empty file', '', 'got an empty file; expected at least one event'],
    ['blank lines', '\n \n', 'got a file of blank lines'],
    [
      'a line that is not JSON',
      '{"a":1}\n{"a":\n',
      'got line 2, which is not JSON; expected one event a line',
    ],
    [
      'an array of events',
      '[{"a":1}]',
      "got line 1, which is an array and no object; expected one event a line, each a JSON object. Fix: write one event a line: jq -c '.[]'",
    ],
    ['a number', '{"a":1}\n7', 'got line 2, which is a number and no object'],
    ['null', 'null', 'got line 1, which is null and no object'],
  ])('is refused: %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('is refused with at most five lines that are wrong', async () => {
    await expect(read('x\n'.repeat(50))).rejects.toThrow(/line 5, which is not JSON(?![^]*line 6)/);
  });

  it('is refused where it cannot be read', async () => {
    await expect(readSample('/nowhere/events.ndjson', 'events.ndjson')).rejects.toThrow(
      /--from-sample events\.ndjson: got ENOENT[^;]*; expected a file that can be read/,
    );
  });
});
