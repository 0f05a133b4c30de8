import { encodeConsumerProtocolAssignment } from '@platformatic/kafka';
import { afterEach, expect, it } from 'vitest';
import { KafkaFault } from '../../../../lib/adapters/kafka/faults.ts';
import { KafkaGroupMember, type MemberCluster } from '../../../../lib/adapters/kafka/group-member.ts';
import type { Api } from '../../../../lib/adapters/kafka/protocol.ts';

const session = { sessionTimeoutMs: 400, rebalanceTimeoutMs: 1_000, heartbeatMs: 5 };

/** A coordinator that has one member, and that answers heartbeats as the test lets it. */
class OneMemberGroup implements MemberCluster {
  readonly #closing = new AbortController();
  joins = 0;
  heartbeat: () => Promise<void> = async () => {};

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  close(): void {
    this.#closing.abort();
  }

  metadata: MemberCluster['metadata'] = async () =>
    new Map([['orders', { id: 'id-1', leaders: [1, 1], isInternal: false }]]);

  attempt: MemberCluster['attempt'] = (_what, work) => work();

  pause: MemberCluster['pause'] = () => new Promise((resolve) => setTimeout(resolve, 1));

  expectCoordinator: MemberCluster['expectCoordinator'] = (errorCode) => {
    if (errorCode !== 0) throw new Error(`code ${errorCode}`);
  };

  async askCoordinator<Request extends readonly unknown[], Answer>(
    _group: string,
    { name }: Api<Request, Answer>,
    ..._request: Request
  ): Promise<Answer> {
    return (await this.#answer(name)) as Answer;
  }

  async #answer(name: string): Promise<object> {
    switch (name) {
      case 'JoinGroup':
        this.joins += 1;
        return { errorCode: 0, memberId: 'm', generationId: this.joins, leader: 'another', members: [] };
      case 'SyncGroup':
        return {
          errorCode: 0,
          assignment: encodeConsumerProtocolAssignment({
            version: 0,
            assignedPartitions: [{ topic: 'orders', partitions: [0, 1] }],
          }),
        };
      case 'Heartbeat':
        await this.heartbeat();
        return { errorCode: 0 };
      default:
        return { errorCode: 0 };
    }
  }
}

let cluster: OneMemberGroup;
afterEach(() => cluster.close());

it('a member whose heartbeat is answered after its session has ended joins again, as what it had may be another’s', async () => {
  cluster = new OneMemberGroup();
  const owned = new Set<number>();
  const member = new KafkaGroupMember(
    { cluster, joining: cluster },
    { group: 'g', topic: 'orders', ...session },
    {
      group: 'g',
      topic: 'orders',
      assigned: (partitions) => partitions.forEach((partition) => owned.add(partition)),
      revoked: (partitions) => partitions.forEach((partition) => owned.delete(partition)),
    },
  );
  await member.join();
  expect(owned).toEqual(new Set([0, 1]));
  // The session runs since the last heartbeat that was answered, not since the one that is.
  let failures = 0;
  cluster.heartbeat = async () => {
    failures += 1;
    throw new KafkaFault('no answer', { canRetry: true });
  };
  await expect.poll(() => failures, { interval: 1 }).toBeGreaterThan(20);
  const answer = Promise.withResolvers<void>();
  cluster.heartbeat = () => answer.promise;
  await expect.poll(() => owned.size, { interval: 1 }).toBe(0);
  expect(cluster.joins).toBe(1);
  answer.resolve();
  await expect.poll(() => owned.size).toBe(2);
  expect(cluster.joins).toBe(2);
  await member.leave();
});
