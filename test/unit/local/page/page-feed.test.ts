import { expect, it, vi } from 'vitest';
import { pageBench } from '../../../support/page-bench.ts';

const standing = { kind: 'paced', factor: 0.001 } as const;
const nothing = (): void => {};

it('says hello with what is now, also where somebody listens already', async () => {
  const { page } = await pageBench('meters', standing);
  page.feed.listen(nothing, nothing);
  expect((await page.feed.hello()).state.controls.isPlayingPaused).toBe(false);
  await page.control({ kind: 'pause' });
  expect((await page.feed.hello()).state.controls.isPlayingPaused).toBe(true);
});

it('says hello with what was last, and why, where the log or a store is away', async () => {
  const { page } = await pageBench('meters', standing);
  vi.spyOn(page.feed, 'state').mockRejectedValueOnce(new Error('the log is away'));
  await expect(page.feed.hello()).rejects.toThrow('the log is away');
  const { state } = await page.feed.hello();
  vi.spyOn(page.feed, 'state').mockRejectedValueOnce(new Error('the log is away'));
  expect((await page.feed.hello()).state).toEqual({
    ...state,
    problem: { kind: 'away', text: 'the log is away' },
  });
});

it('looks at the rows also while nobody listens: when they changed is known to whoever comes later', async () => {
  const { page } = await pageBench('meters', standing);
  const looks = vi.spyOn(page.feed.rows, 'look');
  page.feed.start();
  await vi.waitFor(() => expect(looks).toHaveBeenCalled(), { timeout: 30_000 });
});

it('keeps points on also when whoever listened leaves between two of them', async () => {
  const { page, run } = await pageBench('meters', standing);
  const letGo = page.feed.listen(nothing, nothing);
  const points = vi.spyOn(page.feed.rows, 'look');
  const turns = vi.spyOn(run, 'follow');
  page.feed.start();
  await vi.waitFor(() => expect(turns.mock.calls.length).toBeGreaterThan(1), {
    timeout: 30_000,
    interval: 5,
  });
  letGo();
  const before = points.mock.calls.length;
  await vi.waitFor(() => expect(points.mock.calls.length).toBeGreaterThan(before + 1), { timeout: 30_000 });
});

it('ends at once for whoever listens to a run that has ended, and forgets them', async () => {
  const { page } = await pageBench('meters', standing);
  await page.feed.stop();
  const onEnd = vi.fn<() => void>();
  page.feed.listen(nothing, onEnd);
  await page.feed.stop();
  expect(onEnd).toHaveBeenCalledTimes(1);
});

it('says how the target was kept, by what it was broken most often, and what is left of the error budget', async () => {
  const { page, run } = await pageBench('meters', standing);
  expect(run.parts.prepared.built.contract.freshness.objective).toBe(0.99);
  const kept = vi.spyOn(run.parts.chain, 'target', 'get');
  for (const [share, budgetLeft] of [
    [1, 1],
    [0.995, 0.5],
    [0.99, 0],
    [0.97, -2],
  ] as const) {
    const target = { share, lost: 3, brokenMostBy: 'features.receive' };
    kept.mockReturnValue(target);
    expect((await page.feed.state()).kept).toEqual({ ...target, budgetLeft: expect.closeTo(budgetLeft, 9) });
  }
  kept.mockReturnValue({ share: null, lost: 0, brokenMostBy: null });
  expect((await page.feed.state()).kept.budgetLeft).toBeNull();
});

it('has no error budget where everything is promised to be in time', async () => {
  const { page, run } = await pageBench('meters', standing);
  const { freshness } = run.parts.prepared.built.contract;
  vi.spyOn(freshness, 'objective', 'get').mockReturnValue(1);
  const kept = vi.spyOn(run.parts.chain, 'target', 'get');
  for (const [share, budgetLeft] of [
    [1, 1],
    [0.999, 0],
  ] as const) {
    kept.mockReturnValue({ share, lost: 0, brokenMostBy: null });
    expect((await page.feed.state()).kept.budgetLeft).toBe(budgetLeft);
  }
});

it('counts as letters what the books do, also what a mapping gave up on, on the page and in a terminal', async () => {
  const { page, run } = await pageBench('meters', standing);
  const verdicts = { done: 4, 'dead-lettered(schema)': 2, 'mapping-gave-up': 1, 'retry(paused)': 5 };
  vi.spyOn(run.parts.prepared.platform.verdicts, 'countByStage').mockResolvedValue(
    new Map([['inference', { consumed: 12, verdicts }]]),
  );
  const counted = [
    ['context-weather', 0],
    ['features', 0],
    ['inference', 3],
    ['action', 0],
  ];
  const lettersOf = (stages: readonly { readonly name: string; readonly deadLetters: number }[]): unknown =>
    stages.map(({ name, deadLetters }) => [name, deadLetters]);
  expect(lettersOf((await run.progress()).stages)).toEqual(counted);
  expect(lettersOf((await page.feed.state()).stages)).toEqual(counted);
});
