import type {
  CommittedOffset,
  ConsumerGroups,
  EventLog,
  PartitionOffsets,
} from '../../core/ports/event-log.ts';
import type { GroupMember, GroupMembership, MemberCommit } from '../../core/ports/group-membership.ts';
import { LogWatch } from './log-watch.ts';
import type { MappingConfig } from './mapping.ts';
import type { SchedulerCommand, SchedulerInput } from './scheduler-protocol.ts';
import type { EventSourceScheduler } from './scheduler.ts';
import { startingOffsets } from './starting-position.ts';

type Fetch = Extract<SchedulerCommand, { kind: 'fetch' }>;

export interface LogPollerPorts {
  readonly log: EventLog;
  readonly groups: Pick<ConsumerGroups, 'committed'>;
  readonly membership: GroupMembership;
}

/** A range of offsets in which the log has no record. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * A scheduler's hands on the log and its group: which partitions are its own, where to begin, what has come since, and commits.
 *
 * A fetch stays open until there is something to answer it with. One look at the ends of all partitions serves all of them.
 */
export class LogPoller {
  readonly #ports: LogPollerPorts;
  readonly #tell: (input: SchedulerInput) => void;
  readonly #hint: () => void;
  #member: Promise<GroupMember> | undefined;
  /** As the group says. */
  readonly #owned = new Set<number>();
  /** Counts what the group said, so that an answer that was overtaken is known. */
  #assignments = 0;
  /** As the scheduler was told; `null`: it has not asked, or lost interest. */
  #told: ReadonlySet<number> | null = null;
  /** The scheduler was told less than it owns. */
  #isBehind = false;
  /** One for each partition at most. */
  readonly #open = new Map<number, Fetch>();
  readonly #gaps = new Map<number, Gap>();
  readonly #watch: LogWatch;

  /** @param hint - called when there is something to poll for */
  constructor(ports: LogPollerPorts, tell: (input: SchedulerInput) => void, hint: () => void) {
    this.#ports = ports;
    this.#tell = tell;
    this.#hint = hint;
    this.#watch = new LogWatch(ports.log, hint);
  }

  /** Whether the log itself says when there is something to poll for. */
  get isWatching(): boolean {
    return this.#open.size > 0 && this.#watch.covers(this.#open.keys());
  }

  /** Answers `assign`; joins the group first, where it is not in it yet. */
  async assign(config: MappingConfig): Promise<void> {
    this.#letGo();
    try {
      this.#member ??= this.#join(config);
      await this.#member;
      await this.#position(config);
    } catch {
      this.#tell({ kind: 'assign-failed' });
    }
  }

  expect(fetch: Fetch): void {
    this.#open.set(fetch.partition, fetch);
  }

  /** Nobody awaits anything any more. Resolves once the group has one member less. */
  async leave(): Promise<void> {
    this.#letGo();
    const member = this.#member;
    this.#member = undefined;
    this.#owned.clear();
    // Who never got in need not leave, and who cannot say so is missed.
    await member?.then((joined) => joined.leave()).catch(() => {});
  }

  async commit(offsets: readonly Omit<CommittedOffset, 'topic'>[]): Promise<MemberCommit> {
    const member = await this.#member;
    return member === undefined ? 'fenced' : member.commit(offsets);
  }

  /**
   * Answers the open fetches for which the log has records; what is newly assigned is told of first.
   *
   * @returns whether there was anything
   */
  async poll(config: MappingConfig): Promise<boolean> {
    if (this.#told === null) return false;
    const open = [...this.#open.values()];
    try {
      if (this.#isBehind) {
        await this.#position(config);
        return !this.#isBehind;
      }
      if (open.length === 0) return false;
      const kept = await this.#ports.log.offsets(config.topic);
      const beyond = kept.filter(({ partition, end }) => (this.#open.get(partition)?.from ?? 0) > end);
      if (beyond.length > 0) {
        // The log was cut, or made anew, and begins again.
        this.#revoke(beyond.map(({ partition }) => partition));
        this.#isBehind = true;
        return true;
      }
      const answered = await Promise.all(open.map((fetch) => this.#answer(fetch, kept, config)));
      if (answered.includes(true)) return true;
      this.#watch.begin(
        config.topic,
        kept.filter(({ partition }) => this.#open.has(partition)),
      );
      return false;
    } catch {
      for (const fetch of open) this.#close(fetch, { kind: 'fetch-failed', fetchId: fetch.fetchId });
      return false;
    }
  }

  /** Whether the group has consumed everything that the log has; not while the log does not say. */
  async isAtEnd(scheduler: EventSourceScheduler): Promise<boolean> {
    const { topic, group } = scheduler.config;
    try {
      const kept = await this.#ports.log.offsets(topic);
      const mine = kept.filter(({ partition }) => scheduler.position(partition) !== undefined);
      const others = kept.filter((range) => !mine.includes(range));
      if (mine.some((range) => this.#isBefore(range, scheduler))) return false;
      if (others.length === 0) return true;
      const committed = (await this.#ports.groups.committed(group)).filter((entry) => entry.topic === topic);
      return others.every(
        ({ partition, earliest, end }) =>
          (committed.find((entry) => entry.partition === partition)?.offset ?? earliest) >= end,
      );
    } catch {
      return false;
    }
  }

  #letGo(): void {
    this.#watch.end();
    this.#open.clear();
    this.#gaps.clear();
    this.#told = null;
    this.#isBehind = false;
  }

  async #join({ group, topic }: MappingConfig): Promise<GroupMember> {
    try {
      return await this.#ports.membership.join({
        group,
        topic,
        assigned: (partitions) => {
          this.#assignments += 1;
          for (const partition of partitions) this.#owned.add(partition);
          this.#isBehind = true;
          this.#hint();
        },
        revoked: (partitions) => {
          this.#assignments += 1;
          for (const partition of partitions) this.#owned.delete(partition);
          this.#revoke(partitions);
        },
      });
    } catch (thrown) {
      this.#member = undefined;
      throw thrown;
    }
  }

  /** Finds out where to begin, and tells the scheduler of everything it owns: what it knows goes on. */
  async #position({ topic, group, startingPosition }: MappingConfig): Promise<void> {
    const { log, groups } = this.#ports;
    for (;;) {
      const seen = this.#assignments;
      const [kept, committed, atTimestamp] = await Promise.all([
        log.offsets(topic),
        groups.committed(group),
        startingPosition.kind === 'AT_TIMESTAMP' ? log.offsetsAt(topic, startingPosition.at) : [],
      ]);
      if (seen !== this.#assignments) continue;
      const ours = committed.filter((entry) => entry.topic === topic);
      const partitions = startingOffsets(startingPosition, { kept, committed: ours, atTimestamp }).filter(
        ({ partition }) => this.#owned.has(partition),
      );
      this.#told = new Set(partitions.map(({ partition }) => partition));
      this.#isBehind = this.#told.size < this.#owned.size;
      this.#tell({ kind: 'assigned', partitions });
      return;
    }
  }

  /** At once: what is under way on them is another's by now. */
  #revoke(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#open.delete(partition);
      this.#gaps.delete(partition);
    }
    if (this.#told === null) return;
    const left = [...this.#told].filter((partition) => !partitions.includes(partition));
    this.#told = new Set(left);
    this.#tell({ kind: 'assigned', partitions: left.map((partition) => ({ partition, from: 0 })) });
  }

  /** Whether there is something to fetch, or the log begins again. */
  #isBefore({ partition, earliest, end }: PartitionOffsets, scheduler: EventSourceScheduler): boolean {
    const position = scheduler.position(partition) ?? 0;
    const gap = this.#gaps.get(partition);
    const reached = gap?.from === position ? gap.to : position;
    return Math.max(reached, earliest) < end || position > end;
  }

  async #answer(fetch: Fetch, kept: readonly PartitionOffsets[], { topic }: MappingConfig): Promise<boolean> {
    const { partition, from, maxRecords, maxBytes } = fetch;
    const range = kept.find((entry) => entry.partition === partition);
    if (range === undefined) return false;
    const gap = this.#gaps.get(partition);
    const start = gap?.from === from ? gap.to : from;
    if (Math.max(start, range.earliest) >= range.end) return false;
    const records = await this.#ports.log.read({ topic, partition, from, maxRecords, maxBytes });
    if (records.length === 0) {
      // Marks of transactions take offsets too, and compaction leaves holes.
      this.#gaps.set(partition, { from, to: range.end });
      return false;
    }
    this.#gaps.delete(partition);
    this.#close(fetch, { kind: 'fetched', fetchId: fetch.fetchId, records });
    return true;
  }

  #close(fetch: Fetch, answer: SchedulerInput): void {
    if (this.#open.get(fetch.partition) !== fetch) return;
    this.#open.delete(fetch.partition);
    this.#tell(answer);
  }
}
