import type {
  GroupMember,
  GroupMembership,
  MemberCommit,
  Subscription,
} from '../../core/ports/group-membership.ts';
import type { CommittedOffset } from '../../core/ports/event-log.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { storeOffsets } from './committed-offsets.ts';
import { orUnavailable, type Database } from './database.ts';
import { GroupMembers, SESSION_MS } from './group-members.ts';

/** How often a member looks whether it has the partitions, and which there are. */
const LOOK_MS = 200;
/** How often it says that it lives: a write, for which the others wait. */
const RENEW_MS = 2_000;

/**
 * Groups of which one member has all partitions, the one that joined first, and the others stand by until it is gone.
 *
 * That is all that one machine needs: partitions are shared between processes for their sake alone.
 */
export class SqliteGroupMembership implements GroupMembership {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#clock = clock;
  }

  async join(subscription: Subscription): Promise<GroupMember> {
    return orUnavailable(() => new SqliteGroupMember(this.#database, this.#clock, subscription));
  }
}

class SqliteGroupMember implements GroupMember {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #members: GroupMembers;
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;
  #number: number;
  #renewedAt: number;
  #owned: readonly number[] = [];
  #topicId: string | undefined;

  constructor(database: Database, clock: Pick<Clock, 'now'>, subscription: Subscription) {
    this.#database = database;
    this.#clock = clock;
    this.#members = new GroupMembers(database, clock);
    this.#subscription = subscription;
    this.#number = database.write(() => this.#members.add(subscription.group));
    this.#renewedAt = clock.now();
    this.#look();
    this.#timer = setInterval(() => this.#lookAgain(), LOOK_MS);
    // Whoever waits for what it reads keeps the process alive.
    this.#timer.unref();
  }

  async commit(offsets: readonly Omit<CommittedOffset, 'topic'>[]): Promise<MemberCommit> {
    const { group, topic } = this.#subscription;
    if (offsets.some(({ partition }) => !this.#owned.includes(partition))) return 'fenced';
    return orUnavailable(() =>
      this.#database.write((): MemberCommit => {
        if (this.#members.first(group) !== this.#number) return 'fenced';
        storeOffsets(
          this.#database,
          group,
          offsets.map((offset) => ({ topic, ...offset })),
        );
        return 'committed';
      }),
    );
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    this.#owned = [];
    if (this.#database.isOpen) orUnavailable(() => this.#members.remove(this.#number));
  }

  #lookAgain(): void {
    // The connection was closed under it: it vanished without leaving.
    if (!this.#database.isOpen) clearInterval(this.#timer);
    else
      try {
        this.#renew();
        this.#look();
      } catch {
        // It is looked at again in a moment. What it may have missed meanwhile, `first` tells.
        if (this.#clock.now() - this.#renewedAt >= SESSION_MS) this.#take([]);
      }
  }

  #renew(): void {
    const now = this.#clock.now();
    if (now - this.#renewedAt < RENEW_MS) return;
    const { group } = this.#subscription;
    const isKnown = this.#database.write(() => this.#members.renew(this.#number));
    if (!isKnown) {
      this.#take([]);
      this.#number = this.#database.write(() => this.#members.add(group));
    }
    this.#renewedAt = now;
  }

  #look(): void {
    const { group, topic } = this.#subscription;
    const { topicId, partitions } = this.#database.read(() => {
      const found = this.#database
        .statement(
          'SELECT topic_id AS topicId, partition FROM partitions WHERE topic_id = (SELECT id FROM topics WHERE name = ?) ORDER BY partition',
        )
        .all(topic) as unknown as readonly { readonly topicId: string; readonly partition: number }[];
      const isFirst = this.#members.first(group) === this.#number;
      return {
        topicId: found[0]?.topicId,
        partitions: isFirst ? found.map(({ partition }) => partition) : [],
      };
    });
    // Offsets of a topic say nothing of another one with its name.
    if (topicId !== this.#topicId) this.#take([]);
    this.#topicId = topicId;
    this.#take(partitions);
  }

  #take(partitions: readonly number[]): void {
    const before = this.#owned;
    const gone = before.filter((partition) => !partitions.includes(partition));
    const come = partitions.filter((partition) => !before.includes(partition));
    this.#owned = partitions;
    if (gone.length > 0) this.#subscription.revoked(gone);
    if (come.length > 0) this.#subscription.assigned(come);
  }
}
