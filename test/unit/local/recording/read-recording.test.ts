import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../../../lib/core/record.ts';
import { toIso } from '../../../../lib/core/units.ts';
import { readRecording } from '../../../../lib/local/recording/read-recording.ts';
import { recording } from '../../../fixtures/meters/recording.ts';
import { asNobody } from '../../../support/as-nobody.ts';
import { configErrorOf } from '../../../support/config-error.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const reading = (id: string, at: string, more: object = {}): string =>
  JSON.stringify({ id, kind: 'reading', district: 'north', meter: 'n-1', at, kwh: 1, ...more });
const sky = (at: string): string => JSON.stringify({ district: 'north', at, celsius: 1 });

describe('a recording', () => {
  it('is every file whose name a kind matches, gzipped or not', () => {
    const folder = temporaryFolder({
      'meters-1.ndjson': `${reading('a', '2026-01-01T00:00:00Z', { faulty: true })}\r\n\n${reading('b', '2026-01-01T00:00:01Z')}`,
      'weather-1.ndjson': `${sky('2026-01-01T00:00:00Z')}\n`,
      'notes.txt': 'not of it',
    });
    writeFileSync(
      join(folder, 'meters-2.ndjson.gz'),
      gzipSync(`${reading('c', '2026-01-01T00:00:02Z', { faulty: false })}\n`),
    );
    const { items, outcomes } = readRecording(recording, folder);
    expect(
      items.map((item) => (item.kind === 'event' ? `${item.to} ${item.event.id}` : item.reason)),
    ).toEqual(['source a', 'source b', 'source c', 'weather north-2026-01-01T00:00:00Z']);
    expect([...outcomes]).toEqual([
      ['a', true],
      ['c', false],
    ]);
  });

  it('takes a line that it cannot read as a dead letter, with file, line and reason, and goes on', () => {
    const invalid = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const folder = temporaryFolder({ 'weather.ndjson': '' });
    const lines = [
      Buffer.from('{not json'),
      Buffer.from(reading('a', '2026-01-01T00:00:05Z')),
      Buffer.from(''),
      Buffer.from(reading('b', '2026-01-01T00:00:07Z', { kwh: 'much' })),
      invalid,
      Buffer.from('null'),
    ];
    writeFileSync(
      join(folder, 'meters.ndjson'),
      Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])),
    );
    const { items } = readRecording(recording, folder);
    expect(
      items.map((item) =>
        item.kind === 'event'
          ? item.event.id
          : [item.reason, item.file, item.line, toIso(item.at), textOf(item.bytes).length],
      ),
    ).toEqual([
      ['not-json', 'meters.ndjson', 1, '2026-01-01T00:00:05.000Z', 9],
      'a',
      ['schema', 'meters.ndjson', 4, '2026-01-01T00:00:05.000Z', 101],
      ['not-json', 'meters.ndjson', 5, '2026-01-01T00:00:05.000Z', 10],
      ['schema', 'meters.ndjson', 6, '2026-01-01T00:00:05.000Z', 4],
    ]);
    const described = items.find((item) => item.kind === 'rejected' && item.line === 4);
    expect(described).toMatchObject({ message: expect.stringContaining('/kwh') as string });
    expect(JSON.stringify(described)).not.toContain('much');
  });

  it('takes an event without a time for one too: nobody could play it in order', () => {
    const folder = temporaryFolder({
      // The second that is put in now and then: RFC 3339 has it, and Date.parse has not.
      'meters.ndjson': `${reading('a', '2016-12-31T23:59:59Z')}\n${reading('b', '2016-12-31T23:59:60Z')}\n`,
    });
    expect(readRecording(recording, folder).items).toMatchObject([
      { kind: 'event' },
      {
        kind: 'rejected',
        reason: 'event-time',
        message: 'event b is at NaN, expected milliseconds since 1970',
        line: 2,
      },
    ]);
  });

  it('has another digest when a file has', () => {
    const folder = temporaryFolder({ 'meters.ndjson': reading('a', '2026-01-01T00:00:00Z') });
    const { digest } = readRecording(recording, folder);
    expect(readRecording(recording, folder).digest).toBe(digest);
    writeFileSync(join(folder, 'notes.txt'), 'not of it');
    expect(readRecording(recording, folder).digest).toBe(digest);
    writeFileSync(join(folder, 'weather.ndjson'), sky('2026-01-01T00:00:00Z'));
    expect(readRecording(recording, folder).digest).not.toBe(digest);
  });
});

describe('is refused:', () => {
  it('a file that is cut off, by its name', () => {
    const folder = temporaryFolder();
    const whole = gzipSync(reading('a', '2026-01-01T00:00:00Z').repeat(50));
    writeFileSync(join(folder, 'meters.ndjson.gz'), whole.subarray(0, whole.length - 12));
    const { code, message } = configErrorOf(() => readRecording(recording, folder));
    expect(code).toBe('INPUT_INVALID');
    expect(message).toContain('meters.ndjson.gz');
    expect(message).toContain('a whole gzip file');
  });

  it('a .gz that is none', () => {
    const folder = temporaryFolder({ 'meters.ndjson.gz': 'plain text' });
    expect(configErrorOf(() => readRecording(recording, folder)).message).toContain('meters.ndjson.gz');
  });

  it.each(['meters.ndjson', 'meters.ndjson.gz'])(
    '%s that may not be read, which copying it again would not mend',
    (file) => {
      const folder = temporaryFolder({ [file]: '' });
      chmodSync(folder, 0o755);
      chmodSync(join(folder, file), 0o000);
      const module = new URL('../../../../lib/local/recording/read-lines.ts', import.meta.url).href;
      const { out, err } = asNobody(
        `import { readLines } from ${JSON.stringify(module)};`,
        `try { readLines(${JSON.stringify(folder)}, [${JSON.stringify(file)}]); }
         catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`,
      );
      expect(err).toBe('');
      const { code, message } = JSON.parse(out) as { readonly code: string; readonly message: string };
      expect(code).toBe('INPUT_INVALID');
      expect(message).toContain(`--input: got ${join(folder, file)}, which cannot be read (EACCES`);
      expect(message).toContain(
        '; expected a file that can be read. Fix: make it readable, or name another folder with `--input`.',
      );
    },
  );

  it('a folder without the files of the source', () => {
    const folder = temporaryFolder({ 'weather.ndjson': '' });
    const { code, message } = configErrorOf(() => readRecording(recording, folder));
    expect(code).toBe('INPUT_INVALID');
    expect(message).toContain('^meters');
  });

  it('a folder that is not there', () => {
    expect(configErrorOf(() => readRecording(recording, '/nowhere/at/all')).message).toContain(
      '/nowhere/at/all',
    );
  });

  it('an event for a context that the contract does not have', () => {
    const folder = temporaryFolder({ 'meters.ndjson': reading('a', '2026-01-01T00:00:00Z') });
    const { meters } = recording.files;
    const astray = {
      ...recording,
      files: {
        meters: {
          ...meters,
          events: (line: unknown) => (meters?.events(line) ?? []).map((event) => ({ ...event, to: 'tides' })),
        },
      },
    } as typeof recording;
    expect(configErrorOf(() => readRecording(astray, folder)).message).toContain('"tides"');
  });
});
