import { fileURLToPath } from 'node:url';
import { pipelineFolderOf } from '../../lib/build/discover.ts';
import type { LocalRunOptions } from '../../lib/local/local-run-options.ts';
import { LocalRun } from '../../lib/local/local-run.ts';
import { prepareRun, type PreparedRun } from '../../lib/local/prepare-run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A pipeline of the fixtures, on the embedded log and stores.
 *
 * @param folder - of its state
 * @param input - another recording than its own
 */
export const preparedFixture = (fixture: string, folder: string, input?: string): Promise<PreparedRun> =>
  prepareRun({
    root,
    pipeline: pipelineFolderOf(root, `test/fixtures/${fixture}`),
    folder,
    reset: false,
    input,
    range: { from: undefined, to: undefined },
    kafka: undefined,
    dynamodb: undefined,
  });

/** Runs in this process, and tells nobody of anything. */
export const startedRun = (prepared: PreparedRun, speed: LocalRunOptions['speed']): Promise<LocalRun> =>
  LocalRun.start(prepared, {
    speed,
    port: 0,
    chaos: undefined,
    variables: {},
    onFirstEffect: () => {},
    onTrouble: () => {},
    onLetter: () => {},
  });
