import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { buildPipeline } from '../../lib/build/build-pipeline.ts';
import type { StageName } from '../../lib/core/contract/resolved.ts';
import { StageWatch } from '../../lib/local/watch/stage-watch.ts';
import type { Replaced } from '../../lib/local/worker-function.ts';
import { temporaryFolder } from '../support/folder.ts';
import { editablePipeline, type EditablePipeline } from '../support/pipeline-copy.ts';

const root = resolve(import.meta.dirname, '../..');
const withinMs = 30_000;

interface Watched extends EditablePipeline {
  /** What was told, in its order: a stage that was replaced, what the problem is, or `recording`. */
  readonly told: (string | null)[];
  /** The next that is told. */
  readonly next: () => Promise<string | null>;
  readonly watch: StageWatch;
  /** What `replace` answers from now on. */
  answer: Replaced;
}

const watched = async (): Promise<Watched> => {
  const pipeline = editablePipeline('orders');
  const folder = temporaryFolder();
  const built = await buildPipeline({
    root,
    pipelineFolder: pipeline.functions,
    outFolder: join(folder, 'build'),
  });
  const told: (string | null)[] = [];
  let read = 0;
  const all: Watched = {
    ...pipeline,
    told,
    next: async () => {
      const giveUpAt = performance.now() + withinMs;
      while (told.length <= read) {
        if (performance.now() > giveUpAt) throw new Error(`nothing was told in ${withinMs} ms`);
        await pause(10);
      }
      read += 1;
      return told[read - 1] ?? null;
    },
    watch: new StageWatch({
      root,
      built,
      form: 'deployed',
      folder: join(folder, 'watch'),
      alone: (work) => work(),
      replace: async (stage: StageName, bundle) => {
        expect(readFileSync(bundle, 'utf8')).toContain('handler');
        if (all.answer.kind === 'replaced') told.push(stage);
        return all.answer;
      },
      onReplaced: () => {},
      onProblem: (problem) => void told.push(problem),
      onRecording: () => void told.push('recording'),
    }),
    answer: { kind: 'replaced', ended: Promise.resolve() },
  };
  onTestFinished(() => all.watch.close());
  return all;
};

it('renews the stages that are made of what was saved, and tells what does not start', async () => {
  const all = await watched();
  const { next, edit, file, told } = all;
  edit('features.ts', 'state.orders + 1', 'state.orders + 2');
  expect(await next()).toBe('features');
  // As many editors save: another file takes the name.
  const beside = file('inference.ts.tmp');
  writeFileSync(beside, readFileSync(file('inference.ts'), 'utf8').replace('score >= 0.5', 'score >= 0.6'));
  all.answer = { kind: 'failed', why: 'no model' };
  renameSync(beside, file('inference.ts'));
  expect(await next()).toBe('inference does not start: no model');
  // Saved as it was.
  writeFileSync(file('features.ts'), readFileSync(file('features.ts')));
  writeFileSync(file('recording.ts'), readFileSync(file('recording.ts')));
  all.answer = { kind: 'replaced', ended: Promise.resolve() };
  edit('inference.ts', 'score >= 0.6', 'score >= 0.7');
  expect([await next(), await next()]).toEqual(['inference', null]);
  expect(told).toHaveLength(4);
});

it('tells once that a recording which was saved is not taken over', async () => {
  const { next, edit, told } = await watched();
  edit('recording.ts', 'title: `hold', 'title: `keep');
  expect(await next()).toBe('recording');
  edit('recording.ts', 'title: `keep', 'title: `have');
  // What is told of a later save comes after all that is told of one before.
  edit('features.ts', 'state.orders + 1', 'state.orders + 2');
  expect(await next()).toBe('features');
  expect(told).toEqual(['recording', 'features']);
});

it('tells what does not compile with its place, until it is mended, whatever mends it', async () => {
  const { next, edit, file, watch } = await watched();
  edit('features.ts', 'import { handle }', "import { rate } from './rate.ts';\nimport { handle }");
  expect(await next()).toMatch(
    /features cannot be bundled:\n.*Could not resolve "\.\/rate\.ts"[^]*features\.ts:2:/,
  );
  expect(watch.problem).toContain('rate.ts');
  edit('features.ts', 'state.orders + 1', 'state.orders + rate');
  // A file that no bundle has been made of yet.
  writeFileSync(file('rate.ts'), 'export const rate = 1;\n');
  expect([await next(), await next()]).toEqual(['features', null]);
  expect(watch.problem).toBeNull();
});

it('takes schemas in flight, and says of the rest of a contract, and of parameters, what to do', async () => {
  const { next, edit } = await watched();
  edit('contract.ts', 'maxItems: 20', 'maxItems: 21');
  expect(new Set([await next(), await next(), await next()])).toEqual(
    new Set(['action', 'features', 'inference']),
  );
  edit('contract.ts', 'partitions: 3', 'partitions: 4');
  expect(await next()).toMatch(/source\.partitions.*Fix: stop with Ctrl-C and start again.*--reset/);
  // Nothing is bundled with half of another contract.
  edit('features.ts', 'state.orders + 1', 'state.orders + 2');
  edit('contract.ts', 'partitions: 4', 'partitions: 3');
  expect([await next(), await next()]).toEqual(['features', null]);
  edit('action.ts', "param('HOLDS_URL')", "param('DESK_URL')");
  expect(await next()).toMatch(/new parameter, DESK_URL.*Fix: stop with Ctrl-C and start again/);
});
