import { BroadcastChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { searchPieces, type FoundInPiece, type Piece } from '../../simulation/pieces.ts';

/** A thread that runs so much JavaScript, and nothing of the project. */
const threadOf = (code: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort, workerData } from 'node:worker_threads'; ${code}`)}`,
  );

const broken: FoundInPiece = {
  seed: 7,
  path: '3:1',
  violations: [{ invariant: 'I1', what: 'lost' }],
};

describe('a search in pieces', () => {
  it('plays the schedules of every piece, and says how many it has tried', async () => {
    const tried: number[] = [];
    const found = await searchPieces({
      runs: 50,
      seed: 1,
      shrinks: 0,
      longest: 40,
      size: 20,
      onDone: (count) => tried.push(count),
    });
    expect(found).toBeUndefined();
    expect(tried).toHaveLength(3);
    expect(tried.at(-1)).toBe(50);
  });

  it('gives each piece a seed of its own, and leaves none out', async () => {
    const pieces: Piece[] = [];
    const channel = new BroadcastChannel('pieces');
    channel.addEventListener('message', (message) => {
      pieces.push((message as unknown as { readonly data: Piece }).data);
    });
    try {
      const thread = threadOf(
        `const told = new BroadcastChannel('pieces'); told.postMessage(workerData); told.close();
         parentPort.postMessage({ found: undefined });`,
      );
      await searchPieces({ runs: 7, seed: 100, shrinks: 4, longest: 40, size: 2, onDone: () => {}, thread });
      await expect.poll(() => pieces.length).toBe(4);
    } finally {
      channel.close();
    }
    expect(pieces.toSorted((one, other) => one.seed - other.seed)).toEqual([
      { runs: 2, seed: 100, shrinks: 4, longest: 40 },
      { runs: 2, seed: 102, shrinks: 4, longest: 40 },
      { runs: 2, seed: 104, shrinks: 4, longest: 40 },
      { runs: 1, seed: 106, shrinks: 4, longest: 40 },
    ]);
  });

  it('ends all of them once one has found a broken promise', async () => {
    // The first never answers: only an end from outside ends the search.
    const thread = threadOf(
      `if (workerData.seed === 1) setInterval(() => {}, 1_000);
       else parentPort.postMessage({ found: ${JSON.stringify(broken)} });`,
    );
    const done: number[] = [];
    const found = await searchPieces({
      runs: 100,
      seed: 1,
      shrinks: 0,
      longest: 40,
      size: 1,
      onDone: (count) => done.push(count),
      thread,
      atOnce: 2,
    });
    expect(found).toEqual(broken);
    expect(done).toEqual([]);
  });

  it.each([
    ['throws', `throw new Error('torn');`, 'torn'],
    ['ends without an answer', `process.exit(0);`, 'the schedules from seed 1 ended without an answer'],
  ])('fails where a thread %s', async (_, code, what) => {
    const search = { runs: 1, seed: 1, shrinks: 0, longest: 40, size: 1, onDone: () => {} };
    await expect(searchPieces({ ...search, thread: threadOf(code) })).rejects.toThrow(what);
  });
});
