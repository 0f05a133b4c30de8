import type { CommittedOffset, ConsumerGroups, GroupState } from '../../core/ports/event-log.ts';
import { groupActive } from '../group-active.ts';
import type { Cluster } from './cluster.ts';
import { KafkaFault, codeNamed, expectNone, logUnavailable } from './faults.ts';
import { offsetRequest } from './offset-request.ts';
import { listGroupsApi, offsetCommitApi, offsetFetchApi } from './protocol.ts';

/** Who commits from outside is no member, of no generation: a broker takes that only for a group without members. */
const OUTSIDER = { memberId: '', generation: -1 } as const;

const NO_EPOCH = -1;

const byPlace = (one: CommittedOffset, other: CommittedOffset): number =>
  one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1;

/** Committed offsets of the groups of a Kafka cluster, seen from outside of the groups. */
export class KafkaConsumerGroups implements ConsumerGroups {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  committed(group: string): Promise<readonly CommittedOffset[]> {
    return this.#cluster.attempt(`the committed offsets of group ${group}`, async () => {
      const request = [{ groupId: group, memberId: null, memberEpoch: NO_EPOCH, topics: null }];
      const answer = await this.#cluster.askCoordinator(group, offsetFetchApi, request, false);
      return answer.groups
        .flatMap(({ errorCode, topics }) => {
          this.#cluster.expectCoordinator(errorCode, group);
          return topics.flatMap(({ name, partitions }) =>
            partitions.map(({ partitionIndex, committedOffset, errorCode: ofPartition }) => {
              expectNone(ofPartition, `group ${group} on ${name}-${partitionIndex}`);
              return { topic: name, partition: partitionIndex, offset: Number(committedOffset) };
            }),
          );
        })
        .filter(({ offset }) => offset >= 0)
        .toSorted(byPlace);
    });
  }

  async commit(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    const what = `the commit of group ${group}`;
    await this.#cluster.attempt(what, async () => {
      await this.#expectPartitions(what, offsets);
      const { generation, memberId } = OUTSIDER;
      const answer = await this.#cluster.askCoordinator(
        group,
        offsetCommitApi,
        group,
        generation,
        memberId,
        null,
        offsetRequest(offsets),
      );
      for (const { name, partitions } of answer.topics)
        for (const { partitionIndex, errorCode } of partitions) {
          if (MEMBERS_ONLY.has(codeNamed(errorCode))) throw groupActive(group);
          this.#cluster.expectCoordinator(errorCode, `${group} on ${name}-${partitionIndex}`);
        }
    });
  }

  async listGroups(): Promise<readonly string[]> {
    return this.#cluster.attempt('the consumer groups', async () => {
      // Each broker knows those that it coordinates.
      await this.#cluster.metadata([]);
      const answers = await Promise.all(
        this.#cluster.nodes.map((node) => this.#cluster.askNode(node, listGroupsApi, [], [])),
      );
      return answers
        .flatMap(({ errorCode, groups }) => {
          expectNone(errorCode, 'the consumer groups');
          return groups.map(({ groupId }) => groupId);
        })
        .toSorted();
    });
  }

  state(group: string): Promise<GroupState> {
    return this.#cluster.attempt(`the state of group ${group}`, async () => {
      // Unlike a description, the list knows groups of every protocol.
      const { errorCode, groups } = await this.#cluster.askCoordinator(group, listGroupsApi, [], []);
      this.#cluster.expectCoordinator(errorCode, group);
      const state = groups.find(({ groupId }) => groupId === group)?.groupState.toLowerCase();
      if (state === undefined || state === 'dead') return 'absent';
      return state === 'empty' ? 'empty' : 'active';
    });
  }

  /** A broker commits what it can of a request, and refuses the rest: all or none is seen to before. @throws {TransientError} */
  async #expectPartitions(what: string, offsets: readonly CommittedOffset[]): Promise<void> {
    const topics = await this.#cluster.metadata([...new Set(offsets.map(({ topic }) => topic))]);
    for (const { topic, partition, offset } of offsets)
      if (topics.get(topic)?.leaders[partition] === undefined)
        throw logUnavailable(
          what,
          new KafkaFault(`no partition ${topic}-${partition}`, { canRetry: false }),
          {
            topic,
            partition,
            offset,
          },
        );
  }
}

const MEMBERS_ONLY = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);
