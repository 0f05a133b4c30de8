import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
} from '@platformatic/kafka';
import { assignPartitions, type SubscribedMember, type TopicPartitions } from './assignment.ts';
import type { Cluster } from './cluster.ts';
import { codeNamed } from './faults.ts';
import { joinGroupApi, syncGroupApi } from './protocol.ts';

/** The name of an assignor that every consumer knows, so that others may share a group; its leader deals out as it likes. */
const ASSIGNOR = 'range';
const PROTOCOL_TYPE = 'consumer';
const NO_INSTANCE = null;
/** Of the subscription: with what is owned, and of which generation. */
const SUBSCRIPTION_VERSION = 2;
const ASSIGNMENT_VERSION = 0;

/** Who a member is to its coordinator. */
export interface MemberIdentity {
  /** Empty: not known yet. */
  readonly memberId: string;
  /** −1: of none. */
  readonly generation: number;
}

export const STRANGER: MemberIdentity = { memberId: '', generation: -1 };

export interface JoinSettings {
  readonly group: string;
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

type JoinCluster = Pick<Cluster, 'askCoordinator' | 'expectCoordinator' | 'metadata'>;

/** The coordinator does not know the member, or not in this generation. */
const FENCED = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);

export const isFenced = (errorCode: number): boolean => FENCED.has(codeNamed(errorCode));

/** What came of a round of joining. Whatever ends otherwise than `joined` may have given to others what the member had. */
export type Joined =
  | {
      readonly kind: 'joined';
      readonly identity: MemberIdentity;
      readonly isLeader: boolean;
      readonly partitions: readonly number[];
    }
  /** To be joined again, as that: another rebalance began, or the coordinator named or forgot the member. */
  | { readonly kind: 'again'; readonly identity: MemberIdentity };

const forgotten = (errorCode: number, { generation }: MemberIdentity, memberId: string): MemberIdentity =>
  codeNamed(errorCode) === 'UNKNOWN_MEMBER_ID' ? STRANGER : { memberId, generation };

/**
 * One round of joining: JoinGroup, and SyncGroup with what the leader deals out. The classic protocol, which every cluster
 * speaks, and whose groups every tool can reset.
 *
 * @param owned - what the member goes on with until it is told otherwise
 * @throws {KafkaFault}
 */
export const joinRound = async (
  cluster: JoinCluster,
  settings: JoinSettings,
  before: MemberIdentity,
  owned: readonly number[],
): Promise<Joined> => {
  const { group, topic } = settings;
  const metadata = encodeConsumerProtocolSubscription({
    version: SUBSCRIPTION_VERSION,
    topics: [topic],
    ownedPartitions: owned.length === 0 ? [] : [{ topic, partitions: [...owned] }],
    generationId: before.generation,
  });
  const joined = await cluster.askCoordinator(
    group,
    joinGroupApi,
    group,
    settings.sessionTimeoutMs,
    settings.rebalanceTimeoutMs,
    before.memberId,
    NO_INSTANCE,
    PROTOCOL_TYPE,
    [{ name: ASSIGNOR, metadata }],
    null,
  );
  const { errorCode, memberId, generationId } = joined;
  if (codeNamed(errorCode) === 'MEMBER_ID_REQUIRED')
    return { kind: 'again', identity: { memberId, generation: -1 } };
  if (isFenced(errorCode)) return { kind: 'again', identity: forgotten(errorCode, before, before.memberId) };
  cluster.expectCoordinator(errorCode, group);
  const identity = { memberId, generation: generationId };
  const isLeader = joined.leader === memberId;
  const assignments = isLeader ? await dealtOut(cluster, joined.members) : [];
  const synced = await cluster.askCoordinator(
    group,
    syncGroupApi,
    group,
    generationId,
    memberId,
    NO_INSTANCE,
    PROTOCOL_TYPE,
    joined.protocolName ?? ASSIGNOR,
    assignments,
  );
  if (codeNamed(synced.errorCode) === 'REBALANCE_IN_PROGRESS') return { kind: 'again', identity };
  if (isFenced(synced.errorCode))
    return { kind: 'again', identity: forgotten(synced.errorCode, before, memberId) };
  cluster.expectCoordinator(synced.errorCode, group);
  return { kind: 'joined', identity, isLeader, partitions: partitionsOf(synced.assignment, topic) };
};

const dealtOut = async (
  cluster: JoinCluster,
  members: readonly { readonly memberId: string; readonly metadata?: Buffer | null }[],
): Promise<{ memberId: string; assignment: Buffer }[]> => {
  const subscribed = members.map(({ memberId, metadata }): SubscribedMember => {
    if (metadata === undefined || metadata === null)
      return { memberId, topics: [], owned: [], generation: -1 };
    const { topics, ownedPartitions, generationId } = decodeConsumerProtocolSubscription(metadata);
    return { memberId, topics, owned: ownedPartitions, generation: generationId };
  });
  const topics = await cluster.metadata([...new Set(subscribed.flatMap((member) => member.topics))]);
  const counts = new Map([...topics].map(([name, { leaders }]) => [name, leaders.length]));
  return [...assignPartitions(subscribed, counts)].map(([memberId, assigned]) => ({
    memberId,
    assignment: encodeConsumerProtocolAssignment({
      version: ASSIGNMENT_VERSION,
      assignedPartitions: assigned.map(({ topic, partitions }) => ({ topic, partitions: [...partitions] })),
    }),
  }));
};

const partitionsOf = (assignment: Buffer, topic: string): readonly number[] => {
  const assigned: readonly TopicPartitions[] =
    decodeConsumerProtocolAssignment(assignment).assignedPartitions;
  return assigned.filter((entry) => entry.topic === topic).flatMap(({ partitions }) => partitions);
};
