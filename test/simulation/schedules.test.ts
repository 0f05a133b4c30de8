import { constants, setPriority } from 'node:os';
import { expect, it } from 'vitest';
import { searchPieces } from './pieces.ts';
import { mostShrinks, testTape } from './schedules.ts';

// A thread for each core, in which Node runs the sources as they are: through the test runner's modules the same schedules cost
// a tenth more. They take what other tests leave of the cores while those wait for their processes.
it('keeps I1–I9 over 20,000 schedules (seed 1)', { timeout: 300_000 }, async () => {
  setPriority(constants.priority.PRIORITY_LOW);
  const found = await searchPieces({
    runs: 20_000,
    seed: 1,
    shrinks: mostShrinks,
    longest: testTape,
    size: 10_000,
    atOnce: 2,
    onDone: () => {},
  });
  const broken = found?.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  expect(
    broken,
    found && `npm run simulate -- --seed ${found.seed} --path ${found.path} --longest ${testTape} --replay`,
  ).toBeUndefined();
});
