import { expect, it } from 'vitest';
import { mostShrinks, searchSchedules, testTape } from './schedules.ts';

// Half of the 20,000 schedules; the other half runs beside it, on the other core.
it('keeps I1–I9 over 10,000 schedules (seed 1)', { timeout: 300_000 }, async () => {
  const found = await searchSchedules({ runs: 10_000, seed: 1, shrinks: mostShrinks, longest: testTape });
  expect(
    found,
    found && `npm run simulate -- --seed ${found.seed} --path ${found.path} --longest ${testTape} --replay`,
  ).toBeUndefined();
});
