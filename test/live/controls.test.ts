import { describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../lib/core/seeded-random.ts';
import type { Control } from '../../lib/local/page/protocol/page-api.ts';
import type { PageControls } from '../../lib/local/page/protocol/page-state.ts';
import { pageBench, type PageBench } from '../support/page-bench.ts';

// What a killed worker had claimed is waited for.
vi.setConfig({ testTimeout: 120_000 });

/** The meters' morning in a few seconds: long enough for every control to meet something that is under way. */
const pace = { kind: 'paced', factor: 3_000 } as const;

const answerOf = async (
  bench: PageBench,
  control: Control,
): Promise<{ readonly controls: PageControls; readonly said: string }> => {
  const response = await bench.control(control);
  expect(response.status, JSON.stringify(control)).toBe(200);
  return (await response.json()) as { readonly controls: PageControls; readonly said: string };
};

const shuffled = <Item>(items: readonly Item[], random: () => number): readonly Item[] =>
  items
    .map((item) => ({ item, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);

const disturbances: readonly Control[] = [
  { kind: 'pause' },
  { kind: 'play' },
  { kind: 'speed', factor: 6_000 },
  { kind: 'speed', factor: 'fast' },
  { kind: 'speed', factor: 2_000 },
  { kind: 'kill-worker', stage: 'features' },
  { kind: 'kill-worker', stage: 'inference' },
  { kind: 'kill-worker', stage: 'inference' },
  { kind: 'kill-worker', stage: 'action' },
  { kind: 'kill-worker', stage: 'context-weather' },
  { kind: 'receiver', is: 'dropped' },
  { kind: 'receiver', is: 'answers' },
  { kind: 'model-delay', ms: 300 },
  { kind: 'model-delay', ms: 0 },
  { kind: 'poison' },
  { kind: 'poison' },
  { kind: 'action', is: 'paused' },
  { kind: 'action', is: 'running' },
];

describe('the controls', () => {
  it.each([1, 2])('lose and double nothing, in whatever order (seed %i)', async (seed) => {
    const bench = await pageBench('meters', pace);
    bench.listen();
    const played = bench.run.play();
    await bench.until('the first decision', ({ quality }) => quality.decisions > 0);
    for (const control of shuffled(disturbances, seededRandom(seed))) {
      await answerOf(bench, control);
      await bench.until('the next state', () => true);
    }
    for (const control of [
      { kind: 'receiver', is: 'answers' },
      { kind: 'action', is: 'running' },
      { kind: 'model-delay', ms: 0 },
      { kind: 'speed', factor: 'fast' },
      { kind: 'play' },
    ] as const)
      await answerOf(bench, control);
    await played;
    await bench.run.drain({ withAction: true });
    const { books, stages } = await bench.until(
      'books that balance',
      ({ phase, books: { balanced } }) => phase === 'played' && balanced,
    );
    const report = await bench.run.report();
    expect(report).toMatchObject({ isComplete: true, balanced: true });
    expect(report.stages['features']?.verdicts).toEqual({
      done: 30,
      'ignored(heartbeat)': 2,
      'state-only': 6,
      'dead-lettered(schema)': 2,
    });
    expect(books.effects).toEqual({ done: 5, suppressed: 25, failed: 0, inDoubt: 0 });
    expect(books.receiver).toMatchObject({ distinctKeys: 5, duplicateEffects: 0 });
    expect(stages.find(({ name }) => name === 'features')?.deadLetters).toBe(2);
    // Two of inference at least: a worker that has not started yet cannot be killed.
    expect(stages.reduce((sum, { workers }) => sum + workers.ended, 0)).toBeGreaterThanOrEqual(2);
  });

  it('pause the player and change its speed', async () => {
    const bench = await pageBench('meters', { kind: 'paced', factor: 0.001 });
    bench.listen();
    void bench.run.play();
    expect((await answerOf(bench, { kind: 'pause' })).controls.isPlayingPaused).toBe(true);
    const { controls } = await answerOf(bench, { kind: 'speed', factor: 'fast' });
    expect(controls).toMatchObject({ isPlayingPaused: true, speed: { kind: 'fast' } });
    const still = await bench.until('a state', () => true);
    expect(still.played).toBeLessThan(still.toPlay);
    expect((await answerOf(bench, { kind: 'play' })).controls.isPlayingPaused).toBe(false);
    await bench.until('all to be played', ({ played, toPlay }) => played === toPlay);
    expect((await answerOf(bench, { kind: 'pause' })).said).toBe(
      'The recording is over: there is nothing more to play.',
    );
  });

  it('slow the model inside its function: the time is the model’s', async () => {
    const bench = await pageBench('meters', { kind: 'fast' });
    expect((await answerOf(bench, { kind: 'model-delay', ms: 400 })).controls.modelDelayMs).toBe(400);
    await bench.run.play();
    await bench.run.drain({ withAction: true });
    const external = bench.run.parts.chain.stage('inference')?.metrics.segments.external;
    // Less than it was slowed by: a timer may be a moment early.
    expect(external?.p50).toBeGreaterThan(300);
  });

  it('kill a worker in the midst of its batch, which is delivered again', async () => {
    const bench = await pageBench('meters', { kind: 'fast' });
    bench.listen();
    await answerOf(bench, { kind: 'model-delay', ms: 3_000 });
    const played = bench.run.play();
    await bench.until('inference to be at it', ({ topics }) =>
      topics.some(({ kind, records }) => kind === 'vectors' && records > 0),
    );
    let said = '';
    await bench.until('a worker to be killed', () => {
      void answerOf(bench, { kind: 'kill-worker', stage: 'inference' }).then((answer) => {
        ({ said } = answer);
      });
      return said.includes('in the midst of a batch');
    });
    await answerOf(bench, { kind: 'model-delay', ms: 0 });
    await played;
    await bench.run.drain({ withAction: true });
    expect(await bench.run.report()).toMatchObject({ balanced: true, receiver: { duplicateEffects: 0 } });
  });

  it('take the receiver away and bring it back on its port', async () => {
    const bench = await pageBench('meters', { kind: 'fast' });
    const { receiverUrl } = bench.run;
    expect((await answerOf(bench, { kind: 'receiver', is: 'dropped' })).controls.receiver).toBe('dropped');
    await expect(fetch(receiverUrl)).rejects.toThrow('fetch failed');
    expect((await answerOf(bench, { kind: 'receiver', is: 'answers' })).controls.receiver).toBe('answers');
    expect((await fetch(receiverUrl)).status).toBe(404);
    // Once more does no harm.
    expect((await answerOf(bench, { kind: 'receiver', is: 'answers' })).controls.receiver).toBe('answers');
  });

  it('make a dead letter of an event that is not of the schema, and say where it is', async () => {
    const bench = await pageBench('meters', { kind: 'fast' });
    const { said } = await answerOf(bench, { kind: 'poison' });
    await bench.run.drain({ withAction: true });
    const { letters } = (await bench.json('/api/meters/letters')) as {
      readonly letters: readonly { readonly id: string; readonly stage: string; readonly reason: string }[];
    };
    expect(letters).toMatchObject([{ stage: 'features', reason: 'schema' }]);
    // It never reaches action, and yet the target was not kept: both say so.
    await vi.waitFor(
      async () => {
        expect((await bench.run.report()).target).toMatchObject({ share: 0, lost: 1 });
        expect((await bench.page.feed.state()).kept).toMatchObject({ share: 0, lost: 1 });
      },
      { timeout: 30_000 },
    );
    const shown = (await (await bench.reveal(`/api/meters/letters/${letters[0]?.id}`)).json()) as {
      readonly letter: { readonly of: string; readonly value: string };
    };
    expect(said).toContain(shown.letter.of);
    expect(shown.letter.value).toContain('poison');
    const audits = await bench.run.parts.prepared.platform.operations.audits(1);
    expect(audits).toMatchObject([{ who: 'test', what: expect.stringContaining('reveal letter features/') }]);
  });

  it('pause and resume action, which is audited', async () => {
    const bench = await pageBench('meters', { kind: 'fast' });
    expect((await answerOf(bench, { kind: 'action', is: 'paused' })).controls.isActionPaused).toBe(true);
    const { operations } = bench.run.parts.prepared.platform;
    expect(await operations.paused('action')).toEqual({ kind: 'read', value: true });
    expect((await answerOf(bench, { kind: 'action', is: 'running' })).controls.isActionPaused).toBe(false);
    expect((await operations.audits(2)).map(({ what }) => what)).toEqual(['resume action', 'pause action']);
  });

  it('let a run end whose receiver was dropped: whoever stops it brings it back', async () => {
    const bench = await pageBench('meters', { kind: 'fast' });
    await answerOf(bench, { kind: 'receiver', is: 'dropped' });
    await answerOf(bench, { kind: 'model-delay', ms: 50 });
    await bench.page.heal();
    expect(bench.page.controls).toMatchObject({ receiver: 'answers', modelDelayMs: 0 });
  });
});
