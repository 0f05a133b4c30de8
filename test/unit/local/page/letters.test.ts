import { expect, it } from 'vitest';
import { deadLettersIn } from '../../../../lib/core/contract/resolved.ts';
import { bytesOf } from '../../../../lib/core/record.ts';
import { Letters } from '../../../../lib/local/page/views/letters.ts';
import { metersStages } from '../../../support/meters-stages.ts';
import { openOpsBench } from '../../../support/ops-bench.ts';

const openLetters = async () => {
  const bench = await openOpsBench(metersStages);
  const topic = deadLettersIn('dev', metersStages.features.contract.source);
  /** Letters of somebody else's tool, one for each key. */
  const write = async (keys: readonly string[]): Promise<void> => {
    const results = await bench.embedded.log.produce(
      keys.map((key) => ({ topic, key: bytesOf(key), value: bytesOf('{}'), headers: [] })),
    );
    expect(results.every(({ kind }) => kind === 'acked')).toBe(true);
  };
  return { bench, write, letters: new Letters(bench.deployment) };
};

it('counts each letter once where all of them are read', async () => {
  const { write, letters } = await openLetters();
  expect(await letters.list()).toEqual({ letters: [], total: 0, hasCopies: false });
  await write(Array.from({ length: 130 }, (_, index) => `k${index}`));
  const listed = await letters.list();
  expect(listed.letters).toHaveLength(100);
  expect(listed).toMatchObject({ total: 130, hasCopies: false });
});

it('says how many there are, of however many, and lists the newest of all partitions', async () => {
  const { bench, write, letters } = await openLetters();
  const many = Array.from({ length: 3_000 }, (_, index) => `old-${index}`);
  await write(many);
  bench.elapse(60_000);
  const newAt = bench.clock.now();
  // On every partition some, those that are read first too.
  const newest = Array.from({ length: 60 }, (_, index) => `new-${index}`);
  await write(newest);
  const listed = await letters.list();
  expect(listed).toMatchObject({ total: 3_060, hasCopies: true });
  expect(listed.letters).toHaveLength(100);
  expect(listed.letters.filter(({ at }) => at >= newAt)).toHaveLength(60);
  expect(listed.letters[0]?.at).toBeGreaterThanOrEqual(newAt);

  await write(['one-more']);
  expect(await letters.list()).toMatchObject({ total: 3_061 });
});
