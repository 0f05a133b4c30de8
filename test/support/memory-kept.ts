import type { Kept } from '../../lib/build/kept.ts';

/** What is kept between builds, in memory, for the project of one folder. */
export const memoryKept = (
  root: string,
): Kept & { engineDigest: string; readonly names: () => readonly string[] } => {
  const entries = new Map<string, string>();
  return {
    engineDigest: 'one engine',
    answersFor: (folder) => folder === root,
    read: async (name) => entries.get(name),
    write: async (name, text) => void entries.set(name, text),
    names: () => [...entries.keys()],
  };
};
