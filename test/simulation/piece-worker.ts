import { parentPort, workerData } from 'node:worker_threads';
import type { FoundInPiece, Piece } from './pieces.ts';
import { searchSchedules } from './schedules.ts';

const found = await searchSchedules(workerData as Piece);
const answer: FoundInPiece | undefined = found && {
  seed: found.seed,
  path: found.path,
  violations: found.violations,
};
parentPort?.postMessage({ found: answer });
