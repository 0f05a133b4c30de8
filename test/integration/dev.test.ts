import { describe, expect, inject, it } from 'vitest';
import type { RunReport } from '../../lib/local/report/report.ts';
import { temporaryFolder } from '../support/folder.ts';
import { devReport } from '../support/freshet-process.ts';

const run = (...where: readonly string[]): Promise<RunReport> =>
  devReport('--functions', 'test/fixtures/meters', '--fast', '--state', temporaryFolder(), ...where);

/** Everything that a report counts; times differ. */
const booksOf = ({ input, balanced, effects, receiver, stages }: RunReport): unknown => ({
  input,
  balanced,
  effects,
  receiver,
  stages: Object.entries(stages).map(([name, { received, verdicts, emitted }]) => [
    name,
    received,
    verdicts,
    emitted,
  ]),
});

describe('freshet dev', () => {
  it('runs a whole pipeline on a real broker and DynamoDB Local, with the books of the embedded run', async () => {
    const embedded = await run();
    const real = await run('--bootstrap', inject('kafka'), '--dynamodb', inject('dynamodb'));
    expect(booksOf(real)).toEqual(booksOf(embedded));
    expect(real.balanced).toBe(true);
  }, 180_000);
});
