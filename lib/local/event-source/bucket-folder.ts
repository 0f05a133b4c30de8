import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DiscardObject } from './destination.ts';

/** Puts an object into a folder that stands for a bucket. */
export const putIntoFolder = async (folder: string, { key, body }: DiscardObject): Promise<void> => {
  const file = join(folder, key);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, body);
};
