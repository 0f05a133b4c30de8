import { describe, expect, it } from 'vitest';
import { processBatch } from '../../../lib/core/process.ts';
import { contextStage } from '../../../lib/core/stages/context.ts';
import { StageBench } from '../../support/stage-bench.ts';
import { batchOf, reading } from '../../support/stage-records.ts';

const bound = (bench: StageBench) => ({
  stage: contextStage(bench.contract, 'climate'),
  ports: { ...bench.common, values: bench.values, context: bench.context },
});

describe('a batch that fails as a whole', () => {
  it('waits as long as one with an unfinished record, for its retries are the same', async () => {
    const bench = new StageBench();
    bench.operations.isDown = true;
    await expect(processBatch(bound(bench), batchOf([reading(1)]))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(bench.clock.waits).toEqual([1_000]);
  });

  it('tells whoever redrives at once', async () => {
    const bench = new StageBench();
    bench.operations.isDown = true;
    await expect(processBatch(bound(bench), batchOf([reading(1)], { redrive: {} }))).rejects.toThrow(/epoch/);
    expect(bench.clock.waits).toEqual([]);
  });
});
