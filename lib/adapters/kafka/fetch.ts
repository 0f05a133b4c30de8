import type { Cluster, TopicMetadata } from './cluster.ts';
import { fetchApi } from './protocol.ts';

/** The last version that names topics; later ones take their ids. */
const LAST_BY_NAME = 12;

const READ_UNCOMMITTED = 0;
const NO_SESSION = [0, -1] as const;
const ANY_EPOCH = -1;

interface Fetch {
  readonly topic: string;
  readonly id: TopicMetadata['id'];
  /** All of one leader. */
  readonly leader: number;
  readonly from: readonly { readonly partition: number; readonly offset: number }[];
  /** Of the whole answer; the first batch comes back whole, however large. */
  readonly maxBytes: number;
  /** So long the leader waits for a first record. 0: it answers at once. */
  readonly waitMs: number;
}

/** One fetch, without a session: what is answered of the topic. @throws {KafkaFault} */
export const fetchOnce = async (cluster: Cluster, { topic, id, leader, from, maxBytes, waitMs }: Fetch) => {
  const connection = await cluster.connectionTo(leader);
  const isByName = connection.codec(fetchApi).version <= LAST_BY_NAME;
  return connection.ask(
    fetchApi,
    waitMs,
    waitMs === 0 ? 0 : 1,
    maxBytes,
    READ_UNCOMMITTED,
    ...NO_SESSION,
    [
      {
        topicId: isByName ? topic : id,
        partitions: from.map(({ partition, offset }) => ({
          partition,
          currentLeaderEpoch: ANY_EPOCH,
          fetchOffset: BigInt(offset),
          lastFetchedEpoch: ANY_EPOCH,
          partitionMaxBytes: maxBytes,
        })),
      },
    ],
    [],
    '',
  );
};
