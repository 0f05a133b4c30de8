import { expect, it, vi } from 'vitest';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { pageBench } from '../../../support/page-bench.ts';

it('a row is shown with the context of its key and its age, and without where nothing is known', async () => {
  const bench = await pageBench('meters', { kind: 'paced', factor: 0.001 });
  const { prepared, player } = bench.run.parts;
  const { context } = prepared.platform;
  vi.spyOn(bench.page.feed.rows, 'show').mockResolvedValue({ row: { version: 1 }, versions: [] });
  const row = (): Promise<Response> => bench.get('/api/meters/rows/north');

  expect(await (await row()).json()).toEqual({
    row: { version: 1 },
    versions: [],
    context: { weather: null },
  });

  const eventTime = epochMsOf(player.simulated - 90_000);
  const observation = {
    context: 'weather',
    key: 'north',
    eventTime,
    epoch: 1,
    offset: 0,
    id: '/bench#w',
    digest: '',
    body: '{"celsius":5}',
  };
  const newest = vi.spyOn(context, 'newest');
  newest.mockResolvedValueOnce([{ kind: 'read', value: observation }]);
  expect(await (await row()).json()).toMatchObject({
    context: { weather: { body: { celsius: 5 }, ageMs: 90_000 } },
  });

  // That it could not be read does not mean that there is none.
  newest.mockResolvedValueOnce([{ kind: 'unavailable', cause: new Error('away') }]);
  expect((await row()).status).toBe(503);
});
