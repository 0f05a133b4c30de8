import { describe, expect, it } from 'vitest';
import { featuresBench, rowOf } from '../../../support/features-bench.ts';
import { StageBench } from '../../../support/stage-bench.ts';
import { reading, topics } from '../../../support/stage-records.ts';

describe('the fence', () => {
  it('knows the topic’s id: what another topic of that name holds at the same offset is new', async () => {
    const bench = new StageBench();
    await bench.features([reading(1)]);
    bench.topicIds.set(topics.source, 'recreated');
    await expect(bench.features([reading(1)])).rejects.toMatchObject({ code: 'TOPIC_RECREATED' });
    await bench.operations.declareEpoch(topics.source, 'recreated');
    expect((await bench.features([reading(1, { id: 'fresh' })])).verdicts).toEqual(['done']);
    expect(rowOf(bench)?.fence.map(({ topicId, offset }) => [topicId, offset])).toEqual([
      [`id-of-${topics.source}`, 1],
      ['recreated', 1],
    ]);
  });

  it('stops where rows were folded by another version', async () => {
    const bench = new StageBench();
    await bench.features([reading(1)]);
    const later = featuresBench({ foldVersion: 2 });
    later.rows.rows.set('a', bench.rows.rows.get('a') ?? { body: '', digest: '' });
    await expect(later.features([reading(2)])).rejects.toMatchObject({ code: 'FOLD_VERSION_CHANGED' });
  });
});
