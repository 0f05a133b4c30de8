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

it('ends at once for whoever listens to a run that has ended, and forgets them', async () => {
  const { page } = await pageBench('meters', standing);
  await page.feed.stop();
  const onEnd = vi.fn<() => void>();
  page.feed.listen(nothing, onEnd);
  await page.feed.stop();
  expect(onEnd).toHaveBeenCalledTimes(1);
});

it('says how the target was kept, and by what it was broken most often', async () => {
  const { page, run } = await pageBench('meters', standing);
  const target = { share: 0.5, lost: 3, brokenMostBy: 'features.receive' };
  vi.spyOn(run.parts.chain, 'target', 'get').mockReturnValue(target);
  expect((await page.feed.state()).kept).toMatchObject(target);
});
