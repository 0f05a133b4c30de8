import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../../lib/adapters/sqlite/database.ts';
import {
  openStateFolder,
  type RunDescription,
  type StateFolder,
} from '../../../../lib/local/state/state-folder.ts';
import { configErrorOf } from '../../../support/config-error.ts';
import { temporaryFolder } from '../../../support/folder.ts';

const run: RunDescription = { pipeline: 'orders', recording: 'abc123', from: null, to: null };

const opened = (folder: string, reset = false): StateFolder => {
  const state = openStateFolder({ folder, reset });
  onTestFinished(() => state.release());
  return state;
};

/** Another process that takes the folder, and dies with it. */
const takenAndDied = (folder: string): void => {
  const lock = new URL('../../../../lib/local/state/folder-lock.ts', import.meta.url).href;
  const script = `import { lockFolder } from ${JSON.stringify(lock)}; lockFolder(${JSON.stringify(folder)}); process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
  expect(signal).toBe('SIGKILL');
};

describe('a state folder', () => {
  it('is made where it is missing', () => {
    const folder = join(temporaryFolder(), 'deep', 'state');
    opened(folder);
    expect(existsSync(folder)).toBe(true);
  });

  it('belongs to one at a time, and the refusal names who has it', () => {
    const folder = temporaryFolder();
    const first = opened(folder);
    const { code, message } = configErrorOf(() => opened(folder));
    expect(code).toBe('STATE_FOLDER_INVALID');
    expect(message).toContain(`process ${process.pid}`);
    first.release();
    opened(folder);
  });

  it('is free when its holder was killed', () => {
    const folder = temporaryFolder();
    takenAndDied(folder);
    expect(readFileSync(join(folder, 'lock.pid'), 'utf8')).not.toBe(`${process.pid}\n`);
    opened(folder);
    expect(readFileSync(join(folder, 'lock.pid'), 'utf8')).toBe(`${process.pid}\n`);
  });

  it('cannot be what is no folder', () => {
    const folder = join(temporaryFolder({ file: '' }), 'file');
    const { code, message } = configErrorOf(() => opened(folder));
    expect(code).toBe('STATE_FOLDER_INVALID');
    expect(message).toContain(folder);
    expect(message).toContain('--state');
  });

  it('goes on with the same recording and range only', () => {
    const folder = temporaryFolder();
    opened(folder).describe(run);
    const again = (change: Partial<RunDescription>): (() => void) => {
      const description = join(folder, 'run.json');
      const before = readFileSync(description, 'utf8');
      return () => {
        const state = { ...run, ...change };
        try {
          stateOf(folder).describe(state);
        } finally {
          expect(readFileSync(description, 'utf8')).toBe(before);
        }
      };
    };
    expect(again({})).not.toThrow();
    expect(configErrorOf(again({ recording: 'def456' })).message).toContain('recording abc123…');
    expect(configErrorOf(again({ from: '2026-01-02T00:00:00.000Z' })).message).toContain(
      'now: --from 2026-01-02T00:00:00.000Z',
    );
    expect(configErrorOf(again({ to: '2026-01-02T00:00:00.000Z' })).message).toContain('--to the whole');
    expect(configErrorOf(again({ pipeline: 'meters' })).message).toContain('--reset');
  });

  it('begins anew with reset, and deletes nothing that is not its own', () => {
    const folder = temporaryFolder();
    const before = opened(folder);
    before.describe(run);
    openDatabase(folder).close();
    mkdirSync(join(folder, 'build'));
    mkdirSync(join(folder, 'redrives/of-one-that-was-killed'), { recursive: true });
    for (const name of ['receiver.ndjson', 'receiver.url', 'build/index.mjs', 'functions.log', 'mine.txt'])
      writeFileSync(join(folder, name), 'x');
    before.release();
    const after = opened(folder, true);
    expect(
      [
        'receiver.ndjson',
        'receiver.url',
        'build',
        'redrives',
        'functions.log',
        'run.json',
        'freshet.db',
      ].filter((name) => existsSync(join(folder, name))),
    ).toEqual([]);
    expect(readFileSync(join(folder, 'mine.txt'), 'utf8')).toBe('x');
    expect(() => after.describe({ ...run, recording: 'def456' })).not.toThrow();
  });

  it('is still its own where a kill came right after a reset', () => {
    const files = { 'run.json': JSON.stringify(run), 'receiver.url': 'u', 'redrive/x/y': 'z' };
    const folder = temporaryFolder(files);
    opened(folder, true).release();
    expect(() => opened(folder)).not.toThrow();
  });

  it.each([false, true])('is no folder of somebody else, with reset %s', (reset) => {
    const files = {
      'build/app.js': 'built',
      'bucket/kept': 'k',
      'receiver.ndjson': 'r',
      'functions.log': 'f',
      'run.json': '{"scripts":{}}',
    };
    const folder = temporaryFolder(files);
    const { code, message } = configErrorOf(() => opened(folder, reset));
    expect(code).toBe('STATE_FOLDER_INVALID');
    expect(message).toContain(`got ${folder}, which holds 5 files and folders but no state of a run`);
    expect(message).toContain('an empty folder, or one that does not exist yet');
    expect(message).toContain('name another with `--state`; nothing was changed in this one');
    for (const [name, content] of Object.entries(files))
      expect(readFileSync(join(folder, name), 'utf8')).toBe(content);
    expect(readdirSync(folder)).not.toContain('lock.db');
  });

  it.each(['freshet.db', 'run.json'])('is known by its %s alone, beside files of others', (mark) => {
    const folder = temporaryFolder({ 'mine.txt': 'x' });
    if (mark === 'freshet.db') openDatabase(folder).close();
    else writeFileSync(join(folder, mark), JSON.stringify(run));
    opened(folder, true);
    expect(existsSync(join(folder, mark))).toBe(false);
    expect(readFileSync(join(folder, 'mine.txt'), 'utf8')).toBe('x');
  });

  it('is not made below a file', () => {
    const folder = join(temporaryFolder({ file: '' }), 'file', 'deep', 'state');
    const { code, message } = configErrorOf(() => opened(folder));
    expect(code).toBe('STATE_FOLDER_INVALID');
    expect(message).toContain('is not a folder');
  });

  // There the parent exists and the file system still answers ENOENT, on which a recursive mkdir spins.
  it.runIf(existsSync('/proc/self'))(
    'is refused, not waited for, where the file system makes none',
    () => {
      const module = new URL('../../../../lib/local/state/state-folder.ts', import.meta.url).href;
      const script = `import { openStateFolder } from ${JSON.stringify(module)}; openStateFolder({ folder: '/proc/freshet/state', reset: false });`;
      const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
        timeout: 20_000,
        killSignal: 'SIGKILL',
        encoding: 'utf8',
      });
      expect(child.signal).toBeNull();
      expect(child.status).toBe(1);
      expect(child.stderr).toContain('got /proc/freshet/state, which cannot be made');
    },
    30_000,
  );

  it('is not reset while another has it', () => {
    const folder = temporaryFolder();
    const state = opened(folder);
    state.describe(run);
    writeFileSync(state.receiverJournal, 'x');
    expect(configErrorOf(() => opened(folder, true)).message).toContain(`process ${process.pid}`);
    expect(readFileSync(state.receiverJournal, 'utf8')).toBe('x');
  });
});

/** The folder of a test that holds it already. */
const stateOf = (folder: string): StateFolder => {
  const copy = temporaryFolder({ 'run.json': readFileSync(join(folder, 'run.json'), 'utf8') });
  return opened(copy);
};
