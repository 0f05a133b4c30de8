import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../../lib/adapters/sqlite/database.ts';
import { openStateFolder } from '../../../../lib/local/state/state-folder.ts';
import { asNobody } from '../../../support/as-nobody.ts';
import { suiteFolder, temporaryFolder } from '../../../support/folder.ts';

const run = { pipeline: 'orders', recording: 'abc123', from: null, to: null };
const everything = [
  'bucket/aws/lambda/letter',
  'build/orders/action/index.mjs',
  'functions.log',
  'receiver.ndjson',
  'receiver.url',
];

const entriesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();

/** Everybody's to write, but for some paths. */
const setModes = (folder: string, modes: Readonly<Record<string, number>> = {}): void => {
  chmodSync(folder, 0o777);
  // What lies in a folder goes before it.
  for (const path of [...entriesOf(folder).toReversed(), '.'])
    chmodSync(
      join(folder, path),
      modes[path] ?? (statSync(join(folder, path)).isDirectory() ? 0o777 : 0o666),
    );
};

/** Makes a run's state, with something in every file and folder of it. */
const fillState = (folder: string): void => {
  const state = openStateFolder({ folder, reset: false });
  state.describe(run);
  openDatabase(folder).close();
  state.release();
  for (const path of everything) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), 'x');
  }
};

const stateFolder = (): string => {
  const folder = temporaryFolder();
  // Whoever made it could not delete it else.
  onTestFinished(() => setModes(folder));
  fillState(folder);
  return folder;
};

const contentsOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entriesOf(folder).map((path) => {
      const file = join(folder, path);
      return [path, statSync(file).isDirectory() ? 'folder' : readFileSync(file, 'latin1')];
    }),
  );

const modules = {
  openStateFolder: 'lib/local/state/state-folder.ts',
  lockFolder: 'lib/local/state/folder-lock.ts',
  openDatabase: 'lib/adapters/sqlite/database.ts',
};

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** What nobody is told, who calls one of these with each of the arguments, one after the other in one process. */
const refusalsOf = (what: keyof typeof modules, given: readonly unknown[]): readonly Refusal[] => {
  const module = new URL(`../../../../${modules[what]}`, import.meta.url).href;
  const { out, err } = asNobody(
    `import { ${what} } from ${JSON.stringify(module)};`,
    `const refusal = (given) => {
       try { ${what}(given); return { code: 'none', message: 'not refused' }; }
       catch ({ code, message }) { return { code, message }; }
     };
     console.log(JSON.stringify(${JSON.stringify(given)}.map(refusal)));`,
  );
  expect(err).toBe('');
  return JSON.parse(out) as Refusal[];
};

const refusalOf = (what: keyof typeof modules, given: unknown): Refusal => {
  const [refusal] = refusalsOf(what, [given]);
  if (refusal === undefined) throw new Error(`no answer of ${what}`);
  return refusal;
};

const opened = (folder: string, reset = false): Refusal => refusalOf('openStateFolder', { folder, reset });

describe('a state folder of whoever cannot write', () => {
  it('is not made in a folder that is not theirs to write', () => {
    const parent = temporaryFolder();
    chmodSync(parent, 0o555);
    const { code, message } = opened(join(parent, 'deep', 'state'));
    expect(code).toBe('STATE_FOLDER_INVALID');
    expect(message).toContain(`--state: got ${parent}/deep/state, which cannot be made (EACCES`);
    expect(message).toContain('; expected a folder that can be written. Fix: name another with `--state`.');
    expect(readdirSync(parent)).toEqual([]);
  });

  it.each(['555', '333', '666'])('is refused where its own mode is %s', (mode) => {
    const folder = stateFolder();
    const before = contentsOf(folder);
    setModes(folder, { '.': Number.parseInt(mode, 8) });
    const { code, message } = opened(folder);
    chmodSync(folder, 0o777);
    expect(code).toBe('STATE_FOLDER_INVALID');
    expect(message).toContain(`--state: got ${folder}, which cannot be read and written (EACCES`);
    expect(message).toContain('. Fix: make it writable, or name another with `--state`.');
    expect(contentsOf(folder)).toEqual(before);
  });

  describe('with one thing in it that is not theirs', () => {
    const spoiled = [
      ['freshet.db', '444'],
      ['lock.db', '444'],
      ['lock.pid', '444'],
      ['receiver.ndjson', '444'],
      ['receiver.url', '444'],
      ['functions.log', '444'],
      ['run.json', '000'],
      ['build', '555'],
      ['build/orders/action', '555'],
      ['bucket/aws', '555'],
    ] as const;
    const parent = suiteFolder();
    const states = spoiled.map(([path, mode], index) => ({
      folder: join(parent, String(index)),
      path,
      mode: Number.parseInt(mode, 8),
    }));
    const openAll = (): readonly Refusal[] =>
      refusalsOf(
        'openStateFolder',
        states.map(({ folder }) => ({ folder, reset: false })),
      );
    let before: readonly Readonly<Record<string, string>>[];
    let refused: readonly Refusal[];
    let after: typeof before;
    let mended: readonly Refusal[];

    beforeAll(() => {
      chmodSync(parent, 0o755);
      for (const { folder } of states) fillState(folder);
      before = states.map(({ folder }) => contentsOf(folder));
      for (const { folder, path, mode } of states) setModes(folder, { [path]: mode });
      refused = openAll();
      for (const { folder } of states) setModes(folder);
      after = states.map(({ folder }) => contentsOf(folder));
      mended = openAll();
    });
    afterAll(() => {
      for (const { folder } of states) setModes(folder);
    });

    it.each(spoiled.map(([path, mode], index) => ({ path, mode, index })))(
      'is refused, and left as it is, where $path has mode $mode',
      ({ path, index }) => {
        expect(refused[index]?.code).toBe('STATE_FOLDER_INVALID');
        expect(refused[index]?.message).toContain(
          `--state: got ${states[index]?.folder}, in which ${path} cannot be read and written; expected`,
        );
        expect(refused[index]?.message).toContain(
          '. Fix: make it writable, or name another with `--state`; nothing was changed',
        );
        expect(after[index]).toEqual(before[index]);
        expect(mended[index]).toEqual({ code: 'none', message: 'not refused' });
      },
    );
  });

  it('is refused with all that is in the way, at once', () => {
    const folder = stateFolder();
    setModes(folder, { 'lock.db': 0o444, 'freshet.db': 0o444, build: 0o555 });
    expect(opened(folder).message).toContain('in which freshet.db, lock.db, build cannot be');
  });

  it('is reset where only what is deleted cannot be written', () => {
    const folder = stateFolder();
    setModes(folder, { 'lock.db': 0o444, 'freshet.db': 0o444 });
    expect(opened(folder, true).message).toContain('in which lock.db cannot be');
    expect(entriesOf(folder)).toContain('freshet.db');
    setModes(folder, { 'freshet.db': 0o444, 'receiver.ndjson': 0o444, 'run.json': 0o000 });
    expect(opened(folder, true).message).toBe('not refused');
    expect(entriesOf(folder)).toEqual(['lock.db', 'lock.pid']);
  });
});

// SQLite opens what cannot be written for reading, and takes a lock of it that others have too.
it.each([
  ['lockFolder', 'lock.db'],
  ['openDatabase', 'freshet.db'],
] as const)('%s alone refuses a %s that can only be read', (what, file) => {
  const folder = stateFolder();
  setModes(folder, { [file]: 0o444 });
  const { code, message } = refusalOf(what, folder);
  expect(code).toBe('STATE_FOLDER_INVALID');
  expect(message).toContain('readonly database');
  expect(message).toContain('make it writable');
});
