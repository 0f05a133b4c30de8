import { describe, expect, it } from 'vitest';
import { arrivals, type Arrival } from '../../../../lib/core/batch/arrival.ts';
import { InvariantError, TransientError } from '../../../../lib/core/errors.ts';
import { MemoryOperations } from '../../../support/memory-ports.ts';
import { batchOf, reading, topics } from '../../../support/stage-records.ts';

const bench = () => {
  const operations = new MemoryOperations();
  const ids = new Map([[topics.source, 'id-1']]);
  const ports = {
    operations,
    topics: { topicIds: async (names: readonly string[]) => names.map((name) => ids.get(name)) },
  };
  const arrive = (isFenced: boolean, redriveOf?: string): Promise<readonly Arrival[]> =>
    arrivals(
      batchOf([reading(3), reading(4)], redriveOf === undefined ? {} : { redrive: { topicId: redriveOf } }),
      ports,
      isFenced,
    );
  return { operations, ids, arrive };
};

describe('the coordinates of a batch', () => {
  it('bear the id that the topic has now', async () => {
    const { arrive, ids } = bench();
    expect((await arrive(true)).map(({ at, epoch }) => [at.topicId, at.partition, at.offset, epoch])).toEqual(
      [
        ['id-1', 0, 3, 0],
        ['id-1', 0, 4, 0],
      ],
    );
    ids.set(topics.source, 'id-2');
    expect((await arrive(false))[0]?.at.topicId).toBe('id-2');
  });

  it('stop a fenced stage where the topic was recreated, until a new epoch is declared', async () => {
    const { arrive, ids, operations } = bench();
    await arrive(true);
    ids.set(topics.source, 'id-2');
    await expect(arrive(true)).rejects.toThrow(InvariantError);
    await expect(arrive(true)).rejects.toMatchObject({ code: 'TOPIC_RECREATED' });
    await operations.declareEpoch(topics.source, 'id-2');
    expect((await arrive(true)).map(({ at, epoch }) => [at.topicId, epoch])).toEqual([
      ['id-2', 1],
      ['id-2', 1],
    ]);
  });

  it('of a redrive are those at which the record failed', async () => {
    const { arrive, ids } = bench();
    await arrive(true);
    ids.clear();
    expect((await arrive(true, 'id-0')).map(({ at }) => at.topicId)).toEqual(['id-0', 'id-0']);
  });

  it('are not known while the broker knows no such topic, or the store does not answer', async () => {
    const { arrive, ids, operations } = bench();
    operations.isDown = true;
    await expect(arrive(true)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await arrive(false)).toHaveLength(2);
    ids.clear();
    await expect(arrive(false)).rejects.toThrow(TransientError);
    await expect(arrive(false)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });
});
