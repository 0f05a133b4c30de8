import { expect, it } from 'vitest';
import { openDatabase } from '../../../../lib/adapters/sqlite/database.ts';
import { orUnavailable } from '../../../../lib/adapters/sqlite/database.ts';
import { ConfigError } from '../../../../lib/core/errors.ts';
import { toldAsDiskFull } from '../../../../lib/cli/errors/disk-full.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
};

it('is what a store without room means', () => {
  const database = openDatabase(temporaryFolder());
  // SQLite's own bound stands for the disk's: it answers with the same code.
  database.statement('PRAGMA max_page_count = 1').get();
  const thrown = thrownBy(() =>
    orUnavailable(() =>
      database.write(() => database.statement('CREATE TABLE t AS SELECT hex(zeroblob(100000))').run()),
    ),
  );
  database.close();
  expect(thrown).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(toldAsDiskFull(thrown, '.freshet/x')).toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(
      /got ".*database or disk is full.*", with the state in \.freshet\/x; expected room/,
    ) as string,
  });
});

it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('is what %s means, however deep it lies', (code) => {
  const cause = Object.assign(new Error('no room'), { code });
  expect(toldAsDiskFull(new Error('a', { cause: new Error('b', { cause }) }), '.freshet/x')).toMatchObject({
    code: 'DISK_FULL',
  });
});

it('is told of what a command was about that keeps no state', () => {
  const cause = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const own = { path: 'functions/x', got: 'no room', expected: 'some', fix: 'make some' };
  const thrown = new ConfigError('PIPELINE_INVALID', { message: 'x', problems: [own], cause });
  expect(toldAsDiskFull(thrown, undefined)).toMatchObject({ code: 'DISK_FULL', problems: [own] });
  expect(toldAsDiskFull(thrown, '.freshet/x')).toMatchObject({ problems: [{ path: '--state' }] });
  expect(toldAsDiskFull(cause, undefined)).toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(
      /disk: got "ENOSPC[^"]*"; expected room for what is written\. Fix: free some and call it again\.$/,
    ) as string,
  });
});

it('is what one of several failures means', () => {
  const cause = [new Error('a'), Object.assign(new Error('no room'), { code: 'ENOSPC' })];
  expect(toldAsDiskFull(new Error('both', { cause }), '.freshet/x')).toMatchObject({ code: 'DISK_FULL' });
});

it('is nothing else', () => {
  for (const thrown of [new Error('full'), Object.assign(new Error('x'), { code: 'EACCES' }), 'ENOSPC'])
    expect(toldAsDiskFull(thrown, '.freshet/x')).toBe(thrown);
});
