import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../adapters/system.ts';
import type { PipelineFolder } from '../build/discover.ts';
import { startReceiver } from './receiver/receiver.ts';
import { loadRecording } from './recording/load-recording.ts';
import { lockFolder, type FolderLock } from './state/folder-lock.ts';

/** The file in which a running local pipeline tells where its receiver listens. */
export const receiverAddressFile = (folder: string): string => join(folder, 'receiver.url');

/** What the action needs of the outside. */
export interface Outside {
  readonly known: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const nothing: Outside = { known: {}, close: async () => {} };

/** The receiver that a recording brings: the running pipeline's, or one of our own. */
export const openOutside = async ({
  pipeline,
  folder,
}: {
  readonly pipeline: PipelineFolder;
  /** The state folder. */
  readonly folder: string;
}): Promise<Outside> => {
  if (pipeline.recording === undefined) return nothing;
  const { receiver: route } = await loadRecording(pipeline);
  const lock = tryLock(folder);
  if (lock === undefined) {
    const url = await readFile(receiverAddressFile(folder), 'utf8').catch(() => undefined);
    return url === undefined ? nothing : { ...nothing, known: { [route.param]: url.trim() } };
  }
  try {
    const receiver = await startReceiver({
      route,
      port: 0,
      journal: join(folder, 'receiver.ndjson'),
      clock: systemClock,
      onEffect: () => {},
    });
    return {
      known: { [route.param]: receiver.url },
      close: async () => {
        await receiver.close();
        lock.release();
      },
    };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
};

/** `undefined`: a local run has the folder, and a receiver with it. */
const tryLock = (folder: string): FolderLock | undefined => {
  try {
    return lockFolder(folder);
  } catch {
    return undefined;
  }
};
