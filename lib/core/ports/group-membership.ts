import type { CommittedOffset } from './event-log.ts';

/**
 * What a member is told. Its calls come one after the other, and a partition is taken away before it is given again:
 * everything that was under way on it is another's by then.
 */
export interface AssignmentListener {
  /** To be read from their committed offsets on. */
  assigned(partitions: readonly number[]): void;
  revoked(partitions: readonly number[]): void;
}

export interface Subscription extends AssignmentListener {
  readonly group: string;
  /** It need not exist yet. */
  readonly topic: string;
}

/** What became of a commit: `fenced` where one of the partitions is not this member's any more. All or none. */
export type MemberCommit = 'committed' | 'fenced';

/** One member of a consumer group, until it leaves. A member that vanishes without leaving is missed after seconds. */
export interface GroupMember {
  /**
   * Commits as this member, under the assignment that it has as it is called. Never does so for a member that was replaced.
   *
   * Rejects with TransientError where the log does not answer, and while the group is being rebalanced.
   */
  commit(offsets: readonly Omit<CommittedOffset, 'topic'>[]): Promise<MemberCommit>;
  /** Others take over at once. Nothing is told any more, `revoked` included. */
  leave(): Promise<void>;
}

/**
 * Members of consumer groups: at any time at most one of them owns a partition, and its commits are the only ones that count.
 *
 * Who owns which is told to each member, also when partitions are added, or the topic is made anew.
 */
export interface GroupMembership {
  /** Resolves once it is told what it owns, which may be nothing. Rejects with TransientError where the log does not answer. */
  join(subscription: Subscription): Promise<GroupMember>;
}
