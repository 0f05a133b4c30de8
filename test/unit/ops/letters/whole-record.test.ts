import { describe, expect, it } from 'vitest';
import { listLetters } from '../../../../lib/ops/letters/list-letters.ts';
import { applyRedrive, planRedrive } from '../../../../lib/ops/letters/redrive.ts';
import { openOpsBench, type OpsBench } from '../../../support/ops-bench.ts';
import { breaking, ordersStages, placed } from '../../../support/orders-stages.ts';

const operator = { who: 'tester', why: '' };

describe('a letter that had no room for its value', () => {
  const large = (): Readonly<Record<string, unknown>> => ({
    ...placed('a'),
    order: 'o'.repeat(900_000),
  });
  const truncatedLetter = async (): Promise<OpsBench> => {
    const bench = await openOpsBench(breaking(ordersStages, () => true));
    await bench.publish('placed', 'a', large());
    // A broker whose dead-letter topic allows less than the contract's record.
    await bench.embedded.log.deleteTopic('orders-v2.dlq');
    await bench.embedded.log.createTopics([
      { name: 'orders-v2.dlq', partitions: 3, retentionMs: 86_400_000, maxRecordBytes: 100_000 },
    ]);
    expect(await bench.deliver('features')).toEqual(['dead-lettered(function-threw)']);
    bench.stages = ordersStages;
    return bench;
  };

  it('is redriven with the record from its topic', async () => {
    const bench = await truncatedLetter();
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([{ record: { value: null }, truncatedBytes: expect.any(Number) }]);
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(await applyRedrive(bench.deployment, plan, bench.invoker, operator)).toMatchObject([
      { verdict: 'done' },
    ]);
  });

  it('is not redrivable once its topic is another', async () => {
    const bench = await truncatedLetter();
    const letters = await listLetters(bench.deployment);
    await bench.embedded.log.deleteTopic('orders-v2');
    await bench.embedded.log.createTopics([
      { name: 'orders-v2', partitions: 3, retentionMs: 86_400_000, maxRecordBytes: 1_000_000 },
    ]);
    const { redrives } = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(redrives).toMatchObject([
      { kind: 'not-redrivable', why: expect.stringContaining('no longer in orders-v2') },
    ]);
  });
});
