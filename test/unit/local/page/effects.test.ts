import { expect, it } from 'vitest';
import { effectsFor } from '../../../../lib/local/page/views/effects.ts';
import { effectsOf } from '../../../../lib/local/report/report.ts';
import { openOpsBench } from '../../../support/ops-bench.ts';
import { ordersStages, placed } from '../../../support/orders-stages.ts';

it('lists the oldest effects that failed, and says how many there are', async () => {
  const bench = await openOpsBench(ordersStages);
  for (let index = 0; index < 105; index += 1) {
    bench.answers.push({ kind: 'refused', detail: '422' });
    await bench.publish('placed', `e${index}`, placed(`e${index}`));
  }
  await bench.run();
  const counts = effectsOf(await bench.embedded.effects.countByState());
  const { effects, total } = await effectsFor(bench.deployment, 'failed', [], counts);
  expect(effects).toHaveLength(100);
  expect(total).toBe(105);
  expect(await effectsFor(bench.deployment, 'in-doubt', [], counts)).toEqual({ effects: [], total: 0 });
  // Counts are a moment older than the list.
  const before = { done: 0, suppressed: 0, failed: 3, inDoubt: 0 };
  expect(await effectsFor(bench.deployment, 'failed', [], before)).toMatchObject({ total: 100 });
});
