import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import type { InvocationReport } from '../../lib/cli/invoke/invocation-report.ts';
import type { RunReport } from '../../lib/local/report/report.ts';
import type { Trace } from '../../lib/ops/trace/trace.ts';
import { suiteFolder } from '../support/folder.ts';
import { devReport, runFreshet } from '../support/freshet-process.ts';

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

/** A command about the meters, where they ran: what it prints as JSON. */
const told = async <Told>(where: readonly string[], ...words: readonly string[]): Promise<Told> => {
  const { code, out, err } = await runFreshet(...words, ...where, '--output', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Told;
};

const requestsIn = (folder: string): number => {
  const journal = join(folder, 'receiver.ndjson');
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean).length : 0;
};

describe('freshet on a real broker and DynamoDB Local', () => {
  const folders = { embedded: suiteFolder(), real: suiteFolder() };
  const whereOf = (name: keyof typeof folders): readonly string[] => [
    '--functions',
    'test/fixtures/meters',
    '--state',
    folders[name],
    ...(name === 'real' ? ['--bootstrap', inject('kafka'), '--dynamodb', inject('dynamodb')] : []),
  ];
  /** Both runs, once for all tests, and an effect that was done in either. */
  const play = async (): Promise<{ embedded: RunReport; real: RunReport; effect: string }> => {
    const embedded = await devReport('--fast', ...whereOf('embedded'));
    const real = await devReport('--fast', ...whereOf('real'));
    const [done] = await told<readonly { readonly id: string }[]>(
      whereOf('embedded'),
      'effects',
      'list',
      '--which',
      'done',
    );
    return { embedded, real, effect: done?.id ?? '' };
  };
  let played: ReturnType<typeof play> | undefined;

  it('runs a whole pipeline, with the books of the embedded run', { timeout: 180_000 }, async () => {
    const { embedded, real } = await (played ??= play());
    expect(booksOf(real)).toEqual(booksOf(embedded));
    expect(real.balanced).toBe(true);
  });

  it("shows one record's way, with the steps of the embedded run", { timeout: 180_000 }, async () => {
    const { effect } = await (played ??= play());
    const [there, here] = [
      await told<Trace>(whereOf('embedded'), 'trace', effect),
      await told<Trace>(whereOf('real'), 'trace', effect),
    ];
    const stepsOf = ({ correlation, steps, missing, isFinal }: Trace): unknown => [
      correlation,
      steps.map(({ kind, title, verdict }) => [kind, title, verdict]),
      missing,
      isFinal,
    ];
    expect(stepsOf(here)).toEqual(stepsOf(there));
    expect(here.steps.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['vector', 'effect', 'outcome']),
    );
  });

  it(
    'says what a stage would make of a record that lies there, and changes nothing',
    { timeout: 180_000 },
    async () => {
      const { effect } = await (played ??= play());
      const { steps } = await told<Trace>(whereOf('real'), 'trace', effect);
      const placeOf = (kind: string): string => steps.find((step) => step.kind === kind)?.where ?? '';
      const before = requestsIn(folders.real);
      for (const [stage, kind] of [
        ['features', 'event'],
        ['inference', 'vector'],
        ['action', 'decision'],
      ] as const) {
        const report = await told<InvocationReport>(
          whereOf('real'),
          'invoke',
          stage,
          '--at',
          placeOf(kind),
          '--observe',
        );
        expect([report.stage, report.isObserved, report.error]).toEqual([stage, true, null]);
        // It was settled when it ran.
        expect(JSON.stringify(report)).toMatch(/done|fenced/);
      }
      expect(requestsIn(folders.real)).toBe(before);
      expect(await told<Trace>(whereOf('real'), 'trace', effect)).toMatchObject({ steps });
    },
  );
});
