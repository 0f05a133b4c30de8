import { InvariantError, TransientError } from '../errors.ts';
import type { OperationsStore } from '../ports/stores.ts';
import type { TopicDirectory } from '../ports/event-log.ts';
import type { Batch } from '../ports/stage-ports.ts';
import type { Coordinates, SourceRecord } from '../record.ts';

/** A record with its coordinates. */
export interface Arrival {
  readonly record: SourceRecord;
  readonly at: Coordinates;
  /** Generation of its topic; 0 in stages whose safety does not rest on offsets. */
  readonly epoch: number;
}

/**
 * Gives the records of a batch their coordinates.
 *
 * The topics' ids are read now, after the batch arrived, and never cached: an id read before could be that of a topic
 * which was deleted since, and its successor's offsets would then hide behind the old fence.
 *
 * @param fenced - whether the stage's safety rests on offsets: then another id for a known topic stops it, until an operator declares a new epoch
 * @throws {TransientError} where the broker or the store does not answer
 * @throws {InvariantError} `TOPIC_RECREATED`
 */
export const arrivals = async (
  batch: Batch,
  ports: { readonly topics: TopicDirectory; readonly operations: OperationsStore },
  fenced: boolean,
): Promise<readonly Arrival[]> => {
  const names = [...new Set(batch.records.map((record) => record.topic))];
  const generations = new Map(
    await Promise.all(
      names.map(async (topic) => [topic, await generationOf(topic, batch, ports, fenced)] as const),
    ),
  );
  return batch.records.map((record) => {
    const { topicId, epoch } = generations.get(record.topic) ?? { topicId: '', epoch: 0 };
    const { topic, partition, offset } = record;
    return { record, at: { topic, topicId, partition, offset }, epoch };
  });
};

const generationOf = async (
  topic: string,
  batch: Batch,
  { topics, operations }: { readonly topics: TopicDirectory; readonly operations: OperationsStore },
  fenced: boolean,
): Promise<{ readonly topicId: string; readonly epoch: number }> => {
  // A redriven record keeps the coordinates it failed at, whatever became of its topic since.
  const topicId = batch.redrive?.topicId ?? (await topics.topicIds([topic]))[0];
  if (topicId === undefined)
    throw new TransientError('LOG_UNAVAILABLE', {
      message: `topic ${topic} is not known to the broker`,
      at: { topic },
    });
  if (!fenced) return { topicId, epoch: 0 };
  const known = await operations.epoch(topic, topicId);
  if (known.kind === 'unavailable')
    throw new TransientError('STORE_UNAVAILABLE', {
      message: `the epoch of topic ${topic} could not be read`,
      cause: known.cause,
    });
  if (known.value.topicId !== topicId && batch.redrive === undefined)
    throw new InvariantError('TOPIC_RECREATED', {
      message:
        `topic ${topic} has id ${topicId}, expected ${known.value.topicId} (epoch ${known.value.epoch}): it was recreated or migrated, ` +
        'and its offsets cannot be compared with those of the rows. Declare a new epoch once that is meant',
      at: { topic, topicId },
    });
  // A redriven record of an older generation must not outrank what the topic's successor said.
  return { topicId, epoch: known.value.topicId === topicId ? known.value.epoch : 0 };
};
