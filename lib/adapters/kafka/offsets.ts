import type { PartitionOffsets } from '../../core/ports/event-log.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import { expectNone } from './faults.ts';
import { listOffsetsApi } from './protocol.ts';

const EARLIEST = -2n;
const LATEST = -1n;

/** Of consumers, which are no replica. */
const REPLICA_ID = -1;
const READ_UNCOMMITTED = 0;
const ANY_EPOCH = -1;

/** By partition; −1 where no record is at or after that time. @throws {KafkaFault} */
const offsetsFor = async (
  cluster: Cluster,
  topic: string,
  { leaders }: TopicMetadata,
  timestamp: bigint,
): Promise<readonly number[]> => {
  const found = Array<number>(leaders.length).fill(-1);
  const byLeader = Map.groupBy(leaders.keys(), (partition) => leaders[partition] ?? -1);
  await Promise.all(
    [...byLeader].map(async ([leader, partitions]) => {
      const answer = await cluster.askNode(leader, listOffsetsApi, REPLICA_ID, READ_UNCOMMITTED, [
        {
          name: topic,
          partitions: partitions.map((partitionIndex) => ({
            partitionIndex,
            currentLeaderEpoch: ANY_EPOCH,
            timestamp,
          })),
        },
      ]);
      for (const { partitions: answered } of answer.topics)
        for (const { partitionIndex, errorCode, offset } of answered) {
          expectNone(errorCode, `${topic}-${partitionIndex}`);
          found[partitionIndex] = Number(offset);
        }
    }),
  );
  return found;
};

/** The topic is looked up anew: it may have got partitions, or be another of the same name. */
export const topicOffsets = (cluster: Cluster, topic: string): Promise<readonly PartitionOffsets[]> =>
  cluster.attempt(`the offsets of topic ${topic}`, async () => {
    const metadata = (await cluster.metadata([topic])).get(topic);
    if (metadata === undefined) return [];
    const [earliest, latest] = await Promise.all([
      offsetsFor(cluster, topic, metadata, EARLIEST),
      offsetsFor(cluster, topic, metadata, LATEST),
    ]);
    return earliest.map((offset, partition) => ({
      partition,
      earliest: offset,
      end: latest[partition] ?? offset,
    }));
  });

/** Like {@link topicOffsets}, the first offset at or after a time; the end where there is none. */
export const topicOffsetsAt = (
  cluster: Cluster,
  topic: string,
  at: number,
): Promise<readonly { readonly partition: number; readonly offset: number }[]> =>
  cluster.attempt(`the offsets of topic ${topic} at ${at}`, async () => {
    const metadata = (await cluster.metadata([topic])).get(topic);
    if (metadata === undefined) return [];
    // The end is asked for first: what is appended meanwhile is not before it.
    const ends = await offsetsFor(cluster, topic, metadata, LATEST);
    // A negative time would stand for something else.
    const found = await offsetsFor(cluster, topic, metadata, BigInt(Math.max(0, Math.ceil(at))));
    return found.map((offset, partition) => ({
      partition,
      offset: offset < 0 ? (ends[partition] ?? 0) : offset,
    }));
  });
