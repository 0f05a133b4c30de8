/** A long search, in pieces: as many at once as there are cores, each in a thread of its own, whose memory goes with it. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Violation } from '../../lib/testing/simulation/checks/evidence.ts';

/** What a thread is told. */
export interface Piece {
  readonly runs: number;
  readonly seed: number;
  readonly shrinks: number;
  readonly longest: number;
}

/** What it answers where a promise is broken. */
export interface FoundInPiece {
  readonly seed: number;
  readonly path: string;
  readonly violations: readonly Violation[];
}

export interface PieceSearch extends Piece {
  /** Schedules of a piece: its seed is that of the search, plus the schedules before it. */
  readonly size: number;
  /** Called after each piece that kept every promise, with the schedules tried so far. */
  readonly onDone: (tried: number) => void;
  /** @default the one that plays the simulation's own pipeline */
  readonly thread?: URL;
  /** @default as many as there are cores */
  readonly atOnce?: number;
}

const ownThread = new URL('piece-thread.mjs', import.meta.url);

/** @returns the first that breaks a promise, of whichever piece; `undefined` where none does */
export const searchPieces = async ({
  runs,
  seed,
  shrinks,
  longest,
  size,
  onDone,
  thread = ownThread,
  atOnce = availableParallelism(),
}: PieceSearch): Promise<FoundInPiece | undefined> => {
  const running = new Set<Worker>();
  let begun = 0;
  let tried = 0;
  let found: FoundInPiece | undefined;
  const work = async (): Promise<void> => {
    while (begun < runs && found === undefined) {
      const piece: Piece = { runs: Math.min(size, runs - begun), seed: seed + begun, shrinks, longest };
      begun += piece.runs;
      const worker = new Worker(thread, { workerData: piece });
      running.add(worker);
      const exited = once(worker, 'exit');
      // Rejects with what the thread threw.
      const [answer] = (await Promise.race([once(worker, 'message'), exited.then(() => [null])])) as [
        { readonly found: FoundInPiece | undefined } | null,
      ];
      await worker.terminate();
      running.delete(worker);
      if (answer === null) {
        // Ended by us, after another has found something.
        if (found !== undefined) return;
        throw new Error(`the thread of the schedules from seed ${piece.seed} ended without an answer`);
      }
      tried += piece.runs;
      if (answer.found === undefined) onDone(tried);
      else {
        found ??= answer.found;
        await Promise.all([...running].map((other) => other.terminate()));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
};
