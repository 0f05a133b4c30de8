import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { SqliteVerdictJournal } from '../../../../lib/adapters/sqlite/verdict-journal.ts';
import type { Coordinates } from '../../../../lib/core/record.ts';
import { laterVerdict, verdictLabel, type Verdict } from '../../../../lib/core/verdict.ts';
import { temporaryEmbeddedFolder, type EmbeddedFolder } from '../../../support/embedded-folder.ts';

let state: EmbeddedFolder;
let journal: SqliteVerdictJournal;
beforeEach(() => {
  state = temporaryEmbeddedFolder();
  journal = state.open().verdicts;
});

const at = (offset: number, topicId = 'id-1', partition = 0): Coordinates => ({
  topic: 't',
  topicId,
  partition,
  offset,
});

it('has no books before anything was consumed', async () => {
  await journal.record('features', []);
  expect(await journal.countByStage()).toEqual(new Map());
});

it('counts each coordinate of each stage once, by the verdict that stands', async () => {
  await journal.record('features', [
    { at: at(0), verdict: { kind: 'done' } },
    { at: at(1), verdict: { kind: 'retry', cause: 'transient' } },
    { at: at(2), verdict: { kind: 'dead-lettered', reason: 'schema' } },
    { at: at(3), verdict: { kind: 'retry', cause: 'paused' } },
  ]);
  await journal.record('features', [
    { at: at(0), verdict: { kind: 'fenced' } },
    { at: at(1), verdict: { kind: 'state-only' } },
    { at: at(2), verdict: { kind: 'done' } },
  ]);
  await journal.record('action', [{ at: at(0), verdict: { kind: 'suppressed', reason: 'late' } }]);
  expect(await journal.countByStage()).toEqual(
    new Map([
      ['action', { consumed: 1, verdicts: { 'suppressed(late)': 1 } }],
      ['features', { consumed: 4, verdicts: { done: 2, 'state-only': 1, 'retry(paused)': 1 } }],
    ]),
  );
});

it('tells coordinates apart by topic id, partition and offset, and pipelines from each other', async () => {
  const places = [at(0), at(1), at(0, 'id-2'), at(0, 'id-1', 1), at(2 ** 40)];
  await journal.record(
    'features',
    places.map((place) => ({ at: place, verdict: { kind: 'done' } })),
  );
  await state.open('other').verdicts.record('features', [{ at: at(0), verdict: { kind: 'fenced' } }]);
  expect((await journal.countByStage()).get('features')).toEqual({ consumed: 5, verdicts: { done: 5 } });
});

it('keeps what `laterVerdict` says under any deliveries', async () => {
  const verdict = fc.constantFrom<Verdict>(
    { kind: 'done' },
    { kind: 'fenced' },
    { kind: 'suppressed', reason: 'late' },
    { kind: 'dead-lettered', reason: 'schema' },
    { kind: 'retry', cause: 'in-flight' },
    { kind: 'ignored', type: 'other' },
  );
  let stage = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.record({ offset: fc.nat(3), verdict }), { maxLength: 5 }), { maxLength: 6 }),
      async (deliveries) => {
        stage += 1;
        const model = new Map<number, Verdict>();
        for (const entries of deliveries) {
          await journal.record(
            `stage-${stage}`,
            entries.map((entry) => ({ at: at(entry.offset), verdict: entry.verdict })),
          );
          for (const entry of entries) {
            model.set(entry.offset, laterVerdict(model.get(entry.offset), entry.verdict));
          }
        }
        const expected: Record<string, number> = {};
        for (const known of model.values()) {
          expected[verdictLabel(known)] = (expected[verdictLabel(known)] ?? 0) + 1;
        }
        const books = (await journal.countByStage()).get(`stage-${stage}`);
        expect(books ?? { consumed: 0, verdicts: {} }).toEqual({ consumed: model.size, verdicts: expected });
      },
    ),
    { numRuns: 50 },
  );
});
