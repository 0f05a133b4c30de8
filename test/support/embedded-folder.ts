import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openEmbedded, type Embedded } from '../../lib/adapters/sqlite/embedded.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import { epochMsOf } from '../../lib/core/units.ts';

/** A state folder of its own, a clock that stands still until it is told, and connections that are closed with it. */
export interface EmbeddedFolder {
  readonly folder: string;
  readonly clock: Pick<Clock, 'now'>;
  /** A further connection, of another pipeline where one is named. */
  readonly open: (pipeline?: string) => Embedded;
  readonly elapse: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const embeddedFolder = (): EmbeddedFolder => {
  const folder = mkdtempSync(join(tmpdir(), 'freshet-embedded-'));
  const opened: Embedded[] = [];
  let now = Date.parse('2026-01-01T00:00:30Z');
  const elapse = async (ms: number): Promise<void> => {
    now += ms;
  };
  const clock = { now: () => epochMsOf(now) };
  return {
    folder,
    clock,
    elapse,
    open: (pipeline = 'suite') => {
      const embedded = openEmbedded({ folder, pipeline, clock });
      opened.push(embedded);
      return embedded;
    },
    close: async () => {
      for (const embedded of opened) embedded.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** One of this test's own: it is closed when the test is over. */
export const temporaryEmbeddedFolder = (): EmbeddedFolder => {
  const state = embeddedFolder();
  onTestFinished(() => state.close());
  return state;
};
