import { setTimeout as delay } from 'node:timers/promises';
import { TransientError } from '../../core/errors.ts';
import type { GroupMember, MemberCommit, Subscription } from '../../core/ports/group-membership.ts';
import type { CommittedOffset } from '../../core/ports/event-log.ts';
import type { Cluster } from './cluster.ts';
import { KafkaFault, codeNamed, logUnavailable } from './faults.ts';
import { STRANGER, isFenced, joinRound, type JoinSettings, type MemberIdentity } from './group-protocol.ts';
import { offsetRequest } from './offset-request.ts';
import { heartbeatApi, leaveGroupApi, offsetCommitApi } from './protocol.ts';

export interface MemberSettings extends JoinSettings {
  readonly heartbeatMs: number;
}

/** What it asks of a cluster. */
export type MemberCluster = Pick<
  Cluster,
  'askCoordinator' | 'attempt' | 'close' | 'expectCoordinator' | 'metadata' | 'pause' | 'signal'
>;

/** After so many heartbeats the leader looks whether the topic has changed. */
const BEATS_PER_LOOK = 5;

const NO_INSTANCE = null;

/** What a topic is to its group: another id, or another number of partitions, is another assignment. */
const shapeOf = (topic: { readonly id: string; readonly leaders: readonly number[] } | undefined): string =>
  topic === undefined ? '' : `${topic.id}/${topic.leaders.length}`;

/**
 * A member of a consumer group, in the classic protocol.
 *
 * What it has it keeps through a rebalance until the next assignment says otherwise; only then another may have it. Where a
 * generation passed without its knowing what was assigned in it, or where the group may have missed it, it lets go of
 * everything first.
 */
export class KafkaGroupMember implements GroupMember {
  /** For what is answered at once. */
  readonly #cluster: MemberCluster;
  /** A join is answered when every member has joined, and whatever is sent over its connection waits for it. */
  readonly #joining: MemberCluster;
  readonly #settings: MemberSettings;
  readonly #subscription: Subscription;
  readonly #end = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #identity: MemberIdentity = STRANGER;
  #isLeader = false;
  #owned: readonly number[] = [];
  #topicId = '';
  #shape = '';
  #expiry: NodeJS.Timeout | undefined;
  #isMissed = false;
  #life: Promise<void> = Promise.resolve();

  constructor(
    clusters: { readonly cluster: MemberCluster; readonly joining: MemberCluster },
    settings: MemberSettings,
    subscription: Subscription,
  ) {
    this.#cluster = clusters.cluster;
    this.#joining = clusters.joining;
    this.#settings = settings;
    this.#subscription = subscription;
  }

  /** @throws {TransientError} `LOG_UNAVAILABLE`, and then it is no member */
  async join(): Promise<void> {
    this.#life = this.#live();
    try {
      await this.#first.promise;
    } catch (thrown) {
      await this.leave();
      throw thrown;
    }
  }

  async commit(offsets: readonly Omit<CommittedOffset, 'topic'>[]): Promise<MemberCommit> {
    const { group, topic } = this.#settings;
    // As it is now: a try that comes after a rebalance must not speak for the generation after it.
    const { memberId, generation } = this.#identity;
    if (offsets.some(({ partition }) => !this.#owned.includes(partition))) return 'fenced';
    const request = offsetRequest(offsets.map((offset) => ({ topic, ...offset })));
    return this.#cluster.attempt(`a commit of group ${group}`, async (): Promise<MemberCommit> => {
      const answer = await this.#cluster.askCoordinator(
        group,
        offsetCommitApi,
        group,
        generation,
        memberId,
        NO_INSTANCE,
        request,
      );
      const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
      if (codes.some(isFenced)) return 'fenced';
      for (const code of codes) this.#cluster.expectCoordinator(code, group);
      return 'committed';
    });
  }

  async leave(): Promise<void> {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    clearTimeout(this.#expiry);
    this.#owned = [];
    const { group } = this.#settings;
    const { memberId } = this.#identity;
    try {
      if (memberId !== '') await this.#cluster.askCoordinator(group, leaveGroupApi, group, [{ memberId }]);
    } catch (thrown) {
      // Without a word it is missed a little later.
      if (!(thrown instanceof KafkaFault)) throw thrown;
    }
    this.#joining.close();
    await this.#life;
  }

  /** It left, or its client was closed: then it vanished without leaving. */
  get #hasLeft(): boolean {
    return this.#end.signal.aborted || this.#cluster.signal.aborted;
  }

  async #live(): Promise<void> {
    const giveUpAt = performance.now() + this.#settings.rebalanceTimeoutMs;
    let isMember = false;
    for (let failures = 0; !this.#hasLeft;) {
      try {
        if (await this.#joinOnce()) {
          isMember = true;
          failures = 0;
          this.#first.resolve();
          await this.#beat();
        }
      } catch (thrown) {
        this.#loseAll();
        const isOver = !(thrown instanceof KafkaFault) || !thrown.canRetry || performance.now() > giveUpAt;
        if (!isMember && isOver) {
          this.#first.reject(
            thrown instanceof TransientError
              ? thrown
              : logUnavailable(`a member of group ${this.#settings.group}`, thrown),
          );
          return;
        }
        failures += 1;
        await this.#joining.pause(failures);
      }
    }
    this.#first.resolve();
  }

  /** @returns whether it has an assignment now */
  async #joinOnce(): Promise<boolean> {
    const { topic } = this.#settings;
    const found = (await this.#cluster.metadata([topic])).get(topic);
    // Offsets of a topic say nothing of another one with its name.
    if (this.#topicId !== (found?.id ?? '')) this.#loseAll();
    const joined = await joinRound(this.#joining, this.#settings, this.#identity, this.#owned);
    if (this.#hasLeft) return false;
    this.#identity = joined.identity;
    if (joined.kind === 'again') {
      this.#loseAll();
      return false;
    }
    this.#isLeader = joined.isLeader;
    this.#topicId = found?.id ?? '';
    this.#shape = shapeOf(found);
    this.#isMissed = false;
    // A join may have waited for others; the coordinator counts from its answer.
    this.#heardAt(performance.now());
    this.#take(joined.partitions);
    return true;
  }

  #take(partitions: readonly number[]): void {
    const before = this.#owned;
    const gone = before.filter((partition) => !partitions.includes(partition));
    const come = partitions.filter((partition) => !before.includes(partition));
    this.#owned = [...partitions];
    if (gone.length > 0) this.#subscription.revoked(gone);
    if (come.length > 0) this.#subscription.assigned(come);
  }

  #loseAll(): void {
    if (!this.#hasLeft) this.#take([]);
  }

  /** Says that it lives, until it has to join again. @throws {KafkaFault} */
  async #beat(): Promise<void> {
    const { heartbeatMs } = this.#settings;
    for (let beats = 1; ; beats += 1) {
      await delay(heartbeatMs, undefined, { signal: this.#end.signal, ref: false }).catch(() => {});
      if (this.#hasLeft || this.#isMissed) return;
      try {
        if (!(await this.#beatOnce())) return;
        if (this.#isLeader && beats % BEATS_PER_LOOK === 0 && (await this.#hasTopicChanged())) return;
      } catch (thrown) {
        if (!(thrown instanceof KafkaFault) || !thrown.canRetry) throw thrown;
      }
    }
  }

  /** @returns whether it is a member as before */
  async #beatOnce(): Promise<boolean> {
    const { group } = this.#settings;
    const { memberId, generation } = this.#identity;
    const sentAt = performance.now();
    const request = [group, generation, memberId, NO_INSTANCE] as const;
    const { errorCode } = await this.#cluster.askCoordinator(group, heartbeatApi, ...request);
    if (this.#hasLeft || codeNamed(errorCode) === 'REBALANCE_IN_PROGRESS') return false;
    if (isFenced(errorCode)) {
      if (codeNamed(errorCode) === 'UNKNOWN_MEMBER_ID') this.#identity = STRANGER;
      this.#loseAll();
      return false;
    }
    this.#cluster.expectCoordinator(errorCode, group);
    // It let go of everything while it waited: only another join tells it what it has.
    if (this.#isMissed) return false;
    this.#heardAt(sentAt);
    return true;
  }

  /** Once the coordinator may have missed it, what it has may be another's: it lets go, whether somebody tells it or not. */
  #heardAt(at: number): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(
      () => {
        this.#isMissed = true;
        this.#loseAll();
      },
      Math.max(0, at + this.#settings.sessionTimeoutMs - performance.now()),
    );
    this.#expiry.unref();
  }

  async #hasTopicChanged(): Promise<boolean> {
    const { topic } = this.#settings;
    return shapeOf((await this.#cluster.metadata([topic])).get(topic)) !== this.#shape;
  }
}
