import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteDatabase } from '../../adapters/sqlite/database.ts';
import { messageOf } from '../../core/errors.ts';
import { pagePortFile } from '../page/server/page-port.ts';
import { lockFolder } from './folder-lock.ts';
import { invalidFolder } from './invalid-folder.ts';
import { makeFolder } from './make-folder.ts';
import { requireWritableFolder, requireWritableState } from './writable.ts';

/** What the state of a folder was made from: it can only be continued with the same. */
export interface RunDescription {
  readonly pipeline: string;
  /** SHA-256 over the recording's files. */
  readonly recording: string;
  /** First instant that is played and the first that is not any more, RFC 3339; `null`: as far as the recording goes. */
  readonly from: string | null;
  readonly to: string | null;
}

/** The state of a local run, held by this process alone until it is released. */
export interface StateFolder {
  readonly folder: string;
  /** Where stages are bundled to. */
  readonly build: string;
  /** Where redrives bundle stages to, each in a folder of its own. */
  readonly redrives: string;
  /** Where an on-failure bucket is. */
  readonly bucket: string;
  /** What the receiver got. */
  readonly receiverJournal: string;
  /** What the functions said beside their metrics. */
  readonly functionsLog: string;
  /**
   * Notes what the state is made from, or compares it with what was noted before.
   *
   * @throws {ConfigError} `STATE_FOLDER_INVALID` where it is another recording or range
   */
  describe(run: RunDescription): void;
  release(): void;
}

const labels: Readonly<Record<keyof RunDescription, string>> = {
  pipeline: 'pipeline',
  recording: 'recording',
  from: '--from',
  to: '--to',
};

const shown = (member: keyof RunDescription, value: string | null): string =>
  member === 'recording' ? `${(value ?? '').slice(0, 12)}…` : (value ?? 'the whole');

const compare = (folder: string, known: RunDescription, run: RunDescription): void => {
  const changed = (Object.keys(labels) as (keyof RunDescription)[]).filter(
    (member) => known[member] !== run[member],
  );
  if (changed.length === 0) return;
  const listed = (of: RunDescription): string =>
    changed.map((member) => `${labels[member]} ${shown(member, of[member])}`).join(', ');
  throw invalidFolder({
    got: `${folder}, whose state was made with ${listed(known)}`,
    expected: `the same as now: ${listed(run)}`,
    fix: 'call it as before to go on, `--reset` to begin anew, or give this run a folder of its own with `--state`',
  });
};

const readDescription = (file: string): RunDescription | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunDescription;
  } catch {
    return undefined;
  }
};

/** Written beside and renamed: a kill leaves the old text or the new one, never half of it. */
const writeDescription = (file: string, run: RunDescription): void => {
  writeFileSync(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`);
  renameSync(`${file}.new`, file);
};

/** What a folder holds where a process was killed between taking it and opening its database. */
const lockFiles: ReadonlySet<string> = new Set(['lock.db', 'lock.db-journal', 'lock.pid', pagePortFile]);

const isDescription = (file: string): boolean => {
  const known: unknown = readDescription(file);
  return typeof known === 'object' && known !== null && 'pipeline' in known && 'recording' in known;
};

/** Where redrives in a state folder bundle stages to. */
export const redrivesIn = (folder: string): string => join(folder, 'redrives');

/** Whether a run has left its state in a folder. */
export const holdsState = (folder: string): boolean => existsSync(join(folder, 'freshet.db'));

/** A folder of somebody else may hold a `build` or a `bucket` too: those are not ours to write to, let alone to delete. */
const refuseForeign = (folder: string, description: string): void => {
  const names = readdirSync(folder).filter((name) => !lockFiles.has(name));
  if (names.length === 0 || holdsState(folder) || isDescription(description)) return;
  throw invalidFolder({
    got: `${folder}, which holds ${names.length === 1 ? 'a file or folder' : `${names.length} files and folders`} but no state of a run`,
    expected: 'a state folder of Freshet, an empty folder, or one that does not exist yet',
    fix: 'name another with `--state`; nothing was changed in this one',
  });
};

/**
 * Takes a state folder for this process; makes it where it is missing.
 *
 * @param options.reset - deletes the state that is there, and nothing else
 * @throws {ConfigError} `STATE_FOLDER_INVALID`: another process has it, it holds something else than a run's state, or it
 *   cannot be written. Nothing in it was changed then
 */
export const openStateFolder = ({
  folder,
  reset,
}: {
  /** Absolute. */
  readonly folder: string;
  readonly reset: boolean;
}): StateFolder => {
  const description = join(folder, 'run.json');
  const paths = {
    build: join(folder, 'build'),
    redrives: redrivesIn(folder),
    bucket: join(folder, 'bucket'),
    receiverJournal: join(folder, 'receiver.ndjson'),
    functionsLog: join(folder, 'functions.log'),
  };
  try {
    makeFolder(folder);
  } catch (thrown) {
    throw invalidFolder({
      got: `${folder}, which cannot be made (${messageOf(thrown)})`,
      expected: 'a folder that can be written',
      fix: 'name another with `--state`',
    });
  }
  requireWritableFolder(folder);
  refuseForeign(folder, description);
  requireWritableState(folder, { reset });
  const lock = lockFolder(folder);
  if (reset) {
    // What says that the folder is ours goes last: after a kill it can be reset again.
    for (const path of [...Object.values(paths), join(folder, 'receiver.url'), join(folder, 'redrive')])
      rmSync(path, { recursive: true, force: true });
    deleteDatabase(folder);
    rmSync(description, { force: true });
  }
  return {
    folder,
    ...paths,
    describe: (run) => {
      const known = readDescription(description);
      if (known === undefined) writeDescription(description, run);
      else compare(folder, known, run);
    },
    release: () => lock.release(),
  };
};
