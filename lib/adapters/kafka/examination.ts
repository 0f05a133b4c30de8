import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type {
  Answered,
  BrokerFacts,
  ClockReading,
  ClusterExamination,
  GroupFacts,
  TopicFacts,
  TopicSettingsFound,
} from '../../core/ports/examination.ts';
import { epochMsOf } from '../../core/units.ts';
import { isAbsent, type Cluster } from './cluster.ts';
import { KafkaFault, codeNamed, expectNone } from './faults.ts';
import { ProducerIdentity } from './producer-identity.ts';
import {
  apiVersionsApi,
  describeAclsApi,
  describeGroupsApi,
  describeQuorumApi,
  fetchApi,
  metadataApi,
  neededApis,
  type Api,
} from './protocol.ts';
import { withRetries } from './retries.ts';
import { rightsOf } from './rights.ts';
import { DESCRIBED, configsOf, descriptionOf } from './topics.ts';

const MIN_IN_SYNC = 'min.insync.replicas';
const UNCLEAN_ELECTION = 'unclean.leader.election.enable';

/** Where KRaft keeps the cluster's metadata: its leader is the active controller. */
const QUORUM_TOPIC = '__cluster_metadata';

/** Answers of a Kafka cluster to one who looks and changes nothing. */
export class KafkaExamination implements ClusterExamination {
  readonly #cluster: Cluster;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #timeoutMs: number;

  /** @param timeoutMs - longest time for one question, retries included */
  constructor(cluster: Cluster, clock: Pick<Clock, 'now'>, timeoutMs: number) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  brokers(): ReturnType<ClusterExamination['brokers']> {
    return this.#answered('the brokers', async () => {
      await this.#cluster.metadata([]);
      return [...this.#cluster.addresses].map(([node, address]) => ({ node, address }));
    });
  }

  broker(node: number): Promise<Answered<BrokerFacts>> {
    return this.#answered(`broker ${node}`, async () => {
      const { apiKeys, finalizedFeatures = [] } = await this.#cluster.askNode(
        node,
        apiVersionsApi,
        'freshet',
        '1',
      );
      const speaks = ({ codecs }: Pick<Api<never, unknown>, 'codecs'>): boolean =>
        codecs().some(({ key, version }) =>
          apiKeys.some(
            ({ apiKey, minVersion, maxVersion }) =>
              apiKey === key && version >= minVersion && version <= maxVersion,
          ),
        );
      const [fetchKey] = fetchApi.codecs().map(({ key }) => key);
      return {
        missingApis: neededApis()
          .filter((api) => !speaks(api))
          .map(({ name }) => name),
        metadataVersion: finalizedFeatures.find(({ name }) => name === 'metadata.version')?.maxVersionLevel,
        fetchVersion: apiKeys.find(({ apiKey }) => apiKey === fetchKey)?.maxVersion ?? 0,
      };
    });
  }

  topic(name: string): Promise<Answered<TopicFacts | null>> {
    return this.#answered(`topic ${name}`, async () => {
      const { topics } = await this.#cluster.askAny(metadataApi, [name], false, true);
      const found = topics.find((topic) => topic.name === name);
      if (found === undefined || isAbsent(found.errorCode)) return null;
      if (codeNamed(found.errorCode) !== 'LEADER_NOT_AVAILABLE') expectNone(found.errorCode, `topic ${name}`);
      const partitions = found.partitions
        .toSorted((one, other) => one.partitionIndex - other.partitionIndex)
        .map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
          partition: partitionIndex,
          hasLeader: leaderId >= 0,
          replicas: replicaNodes.length,
          inSync: isrNodes.length,
        }));
      return {
        id: found.topicId,
        partitions,
        rights: rightsOf(found.topicAuthorizedOperations),
        settings: await this.#settings(name, found.topicId, partitions.length),
      };
    });
  }

  group(name: string): Promise<Answered<GroupFacts>> {
    return this.#answered(`group ${name}`, async () => {
      const { groups } = await this.#cluster.askCoordinator(name, describeGroupsApi, [name], true);
      const [found] = groups;
      if (found === undefined) throw new KafkaFault(`nothing of group ${name}`, { canRetry: false });
      this.#cluster.expectCoordinator(found.errorCode, name);
      return { state: found.groupState, rights: rightsOf(found.authorizedOperations) };
    });
  }

  authorizer(): Promise<Answered<'present' | 'none'>> {
    return this.#answered('the access control lists', async () => {
      const { errorCode } = await this.#cluster.askAny(describeAclsApi, {
        resourceType: ResourceTypes.CLUSTER,
        resourceName: null,
        resourcePatternType: ResourcePatternTypes.ANY,
        principal: null,
        host: null,
        operation: AclOperations.ANY,
        permissionType: AclPermissionTypes.ANY,
      });
      const code = codeNamed(errorCode);
      if (code === 'SECURITY_DISABLED') return 'none' as const;
      // That one may not look is an answer too.
      if (code !== 'CLUSTER_AUTHORIZATION_FAILED') expectNone(errorCode, 'the access control lists');
      return 'present' as const;
    });
  }

  producerId(): Promise<Answered<'given'>> {
    return this.#answered('an id of a producer', async () => {
      await ProducerIdentity.obtain(this.#cluster);
      return 'given' as const;
    });
  }

  clock(): Promise<Answered<ClockReading>> {
    return this.#answered("the controller's clock", async () => {
      const askedAt = this.#clock.now();
      const { errorCode, topics } = await this.#cluster.askAny(describeQuorumApi, [
        { topicName: QUORUM_TOPIC, partitions: [{ partitionIndex: 0 }] },
      ]);
      const answeredAt = this.#clock.now();
      expectNone(errorCode, 'the quorum of controllers');
      const [partition] = topics.flatMap(({ partitions }) => partitions);
      expectNone(partition?.errorCode ?? -1, 'the quorum of controllers');
      // Of the leader itself it is the current time (KIP-836).
      const leader = partition?.currentVoters.find(({ replicaId }) => replicaId === partition.leaderId);
      if (leader === undefined || leader.lastCaughtUpTimestamp < 0n)
        throw new KafkaFault('no time of the controller', { canRetry: false });
      return { theirs: epochMsOf(Number(leader.lastCaughtUpTimestamp)), askedAt, answeredAt };
    });
  }

  async #settings(name: string, id: string, partitions: number): Promise<Answered<TopicSettingsFound>> {
    return this.#answered(`the configuration of topic ${name}`, async () => {
      const keys = [...DESCRIBED, MIN_IN_SYNC, UNCLEAN_ELECTION];
      const config = (await configsOf(this.#cluster, [name], keys)).get(name);
      if (config === undefined) throw new KafkaFault(`no configuration of ${name}`, { canRetry: true });
      return {
        ...descriptionOf(name, { id, leaders: Array<number>(partitions).fill(0) }, config),
        minInSyncReplicas: Number(config.get(MIN_IN_SYNC)),
        uncleanLeaderElection: config.get(UNCLEAN_ELECTION) === 'true',
      };
    });
  }

  async #answered<Value>(what: string, work: () => Promise<Value>): Promise<Answered<Value>> {
    let code: string | undefined;
    try {
      const limits = { timeoutMs: this.#timeoutMs, signal: this.#cluster.signal };
      const value = await withRetries(what, limits, async () => {
        try {
          return await work();
        } catch (thrown) {
          code = thrown instanceof KafkaFault ? thrown.code : undefined;
          throw thrown;
        }
      });
      return { kind: 'answered', value };
    } catch (thrown) {
      return { kind: 'unanswered', code, why: messageOf(thrown) };
    }
  }
}
