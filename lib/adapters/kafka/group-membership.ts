import type { GroupMember, GroupMembership, Subscription } from '../../core/ports/group-membership.ts';
import { Cluster, type ClusterSettings } from './cluster.ts';
import { KafkaGroupMember, type MemberSettings } from './group-member.ts';

export type SessionSettings = Pick<MemberSettings, 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'heartbeatMs'>;

/** Members of the groups of a Kafka cluster. */
export class KafkaGroupMembership implements GroupMembership {
  readonly #cluster: Cluster;
  readonly #settings: ClusterSettings;
  readonly #session: SessionSettings;

  constructor(cluster: Cluster, settings: ClusterSettings, session: SessionSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#session = session;
  }

  async join(subscription: Subscription): Promise<GroupMember> {
    const { group, topic } = subscription;
    const { requestTimeoutMs } = this.#settings;
    const joining = new Cluster({
      ...this.#settings,
      requestTimeoutMs: requestTimeoutMs + this.#session.rebalanceTimeoutMs,
    });
    // A member that was not told to leave must not outlive the client.
    this.#cluster.signal.addEventListener('abort', () => joining.close(), { once: true });
    const member = new KafkaGroupMember(
      { cluster: this.#cluster, joining },
      { group, topic, ...this.#session },
      subscription,
    );
    await member.join();
    return member;
  }
}
