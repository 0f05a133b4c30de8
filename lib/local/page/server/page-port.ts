import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file of a state folder that says where its page was last: one that was left open finds the next run there. */
export const pagePortFile = 'page.port';

/** @returns `undefined` where none is known */
export const lastPagePort = (folder: string): number | undefined => {
  try {
    const port = Number(readFileSync(join(folder, pagePortFile), 'utf8'));
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
  } catch {
    return undefined;
  }
};

export const rememberPagePort = (folder: string, port: number): void => {
  try {
    writeFileSync(join(folder, pagePortFile), `${port}\n`);
  } catch {
    // The next run then has another address, and says it.
  }
};
