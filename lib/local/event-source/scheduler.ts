import type { EpochMs } from '../../core/units.ts';
import { retryAt } from './backoff.ts';
import { Commits } from './commits.ts';
import { newCounters, type MappingCounters } from './counters.ts';
import { Feeds } from './feeds.ts';
import type { MappingConfig } from './mapping.ts';
import type { Tracked } from './partition-feed.ts';
import type { MappingState, SchedulerCommand, SchedulerInput } from './scheduler-protocol.ts';
import type { AssignedPartition } from './starting-position.ts';
import { Work } from './work.ts';

/**
 * Lambda's event source mapping for Kafka, as a state machine: what happened goes in, what is to be done comes out.
 *
 * It has no clock, no promises and no randomness, and nothing of its state has to survive: a new scheduler begins where the
 * group's committed offsets say. Delivery is at-least-once, in offset order within a partition, with one batch of a partition
 * in flight at a time.
 *
 * @see AWS Lambda developer guide, "with-kafka-process", "kafka-retry-configurations", "kafka-scaling-modes"
 */
export class EventSourceScheduler {
  readonly #counters: MappingCounters = newCounters();
  readonly #feeds = new Feeds(this.#counters);
  readonly #commits = new Commits();
  readonly #work: Work;
  #config: MappingConfig;
  #state: MappingState = 'Creating';
  /** What the mapping becomes once its update is through. */
  #next: MappingConfig | null = null;
  /** The answer to `assign` is still to come. */
  #isAssigning = false;
  #assignFailures = 0;
  #assignAt: EpochMs | null = null;
  #wakeAt: EpochMs | null = null;

  constructor(config: MappingConfig) {
    this.#config = config;
    this.#work = new Work(config, this.#counters);
  }

  get config(): MappingConfig {
    return this.#config;
  }

  get state(): MappingState {
    return this.#state;
  }

  get counters(): Readonly<MappingCounters> {
    return this.#counters;
  }

  /** Whether everything that was fetched is processed or handed over, and committed. */
  get settled(): boolean {
    return this.#work.settled && this.#commits.settled && this.#feeds.all.every(({ settled }) => settled);
  }

  /** The next offset to fetch of a partition; `undefined` where this mapping does not own it. */
  position(partition: number): number | undefined {
    return this.#feeds.all.find((feed) => feed.partition === partition)?.position;
  }

  /** @param now - when the input came; only compared with what came before, so it need not be the true time */
  on(now: EpochMs, input: SchedulerInput): readonly SchedulerCommand[] {
    return [...this.#take(now, input), ...this.#proceed(now)];
  }

  #take(now: EpochMs, input: SchedulerInput): readonly SchedulerCommand[] {
    switch (input.kind) {
      case 'tick':
        this.#wakeAt = null;
        this.#feeds.tick();
        return [];
      case 'enable':
        return this.#state === 'Creating' || this.#state === 'Disabled' ? this.#become('Enabling', now) : [];
      case 'disable':
        return this.#state === 'Enabled' || this.#state === 'Enabling' ? this.#become('Disabling', now) : [];
      case 'update':
        return this.#update(input.config, now);
      case 'assigned':
        return this.#assigned(input.partitions, now);
      case 'assign-failed':
        this.#isAssigning = false;
        if (this.#awaitsAssignment)
          this.#assignAt = retryAt(now, this.#config.backoff, ++this.#assignFailures);
        return [];
      case 'fetched': {
        const feed = this.#feeds.fetched(input.fetchId, input.records, this.#config.filters, now);
        // What was filtered out at the head is settled already.
        const progress = feed?.advance();
        if (feed !== undefined && progress !== undefined) this.#commits.add(feed, progress);
        return [];
      }
      case 'fetch-failed':
        this.#feeds.fetchFailed(input.fetchId, now, this.#config.backoff);
        return [];
      case 'invoked':
        this.#settle(this.#work.invoked(input.invocationId, input.result, now));
        return [];
      case 'discarded':
        this.#settle(this.#work.discarded(input.discardId, input.outcome, now));
        return [];
      case 'committed':
        this.#counters.CommittedEventCount += this.#commits.acknowledged(input.commitId);
        return [];
      case 'commit-failed':
        if (this.#commits.failed(input.commitId, now, this.#config.backoff))
          this.#counters.CommitErrorCount += 1;
        return [];
    }
  }

  #become(state: MappingState, now: EpochMs): readonly SchedulerCommand[] {
    this.#state = state;
    this.#assignAt = state === 'Enabling' ? now : null;
    return [{ kind: 'state', state }];
  }

  #update(config: MappingConfig, now: EpochMs): readonly SchedulerCommand[] {
    switch (this.#state) {
      case 'Creating':
      case 'Disabled':
        this.#configure(config);
        return [];
      case 'Enabled':
        this.#next = config;
        return this.#become('Updating', now);
      case 'Enabling':
      case 'Disabling':
      case 'Updating':
        // Lambda refuses to change a mapping that is changing (ResourceInUseException).
        return [];
    }
  }

  #configure(config: MappingConfig): void {
    this.#config = config;
    this.#work.configure(config);
  }

  #assigned(partitions: readonly AssignedPartition[], now: EpochMs): readonly SchedulerCommand[] {
    this.#isAssigning = false;
    const isFirst = this.#awaitsAssignment;
    if (!isFirst && this.#state !== 'Enabled') return [];
    this.#assignFailures = 0;
    this.#revoke(partitions);
    return isFirst ? this.#become('Enabled', now) : [];
  }

  get #awaitsAssignment(): boolean {
    return this.#state === 'Enabling' || (this.#state === 'Updating' && this.#next === null);
  }

  /** Keeps what the assignment names, and lets go of the rest. */
  #revoke(partitions: readonly AssignedPartition[]): void {
    for (const feed of this.#feeds.assign(partitions, this.#config.pollers)) this.#commits.forget(feed);
    this.#work.dropRevoked();
  }

  #settle(records: readonly Tracked[]): void {
    for (const tracked of records) tracked.settled = true;
    for (const feed of new Set(records.map((tracked) => tracked.feed))) {
      if (feed.revoked) continue;
      const progress = feed.advance();
      if (progress !== undefined) this.#commits.add(feed, progress);
    }
  }

  #proceed(now: EpochMs): readonly SchedulerCommand[] {
    const commands: SchedulerCommand[] = [];
    if (this.#state === 'Enabled') {
      commands.push(...this.#work.start(now, this.#feeds.all));
      commands.push(...this.#feeds.fetches(now, this.#config));
    }
    const commit = this.#commits.next(now);
    if (commit !== undefined) commands.push({ kind: 'commit', ...commit });
    commands.push(...this.#drain(now));
    if (this.#assignAt !== null && this.#assignAt <= now) {
      this.#assignAt = null;
      this.#isAssigning = true;
      commands.push({ kind: 'assign' });
    }
    commands.push(...this.#wake(now));
    return commands;
  }

  /** Ends a Disabling or Updating once nothing is in flight. A commit that fails then is not tried again. */
  #drain(now: EpochMs): readonly SchedulerCommand[] {
    const isLeaving = this.#state === 'Disabling' || (this.#state === 'Updating' && this.#next !== null);
    if (!isLeaving || this.#work.inFlight || this.#isAssigning) return [];
    if ((this.#commits.wakeAt ?? now) > now) this.#commits.forgetDue();
    if (!this.#commits.settled) return [];
    this.#revoke([]);
    this.#work.clear();
    if (this.#next === null) return this.#become('Disabled', now);
    this.#configure(this.#next);
    this.#next = null;
    this.#assignAt = now;
    return [];
  }

  #wake(now: EpochMs): readonly SchedulerCommand[] {
    const candidates = [
      ...(this.#assignAt === null ? [] : [this.#assignAt]),
      ...(this.#commits.wakeAt === undefined ? [] : [this.#commits.wakeAt]),
      ...(this.#state === 'Enabled' ? [...this.#work.wakeAt(this.#feeds.all), ...this.#feeds.wakeAt] : []),
    ].filter((at) => at > now);
    if (candidates.length === 0) return [];
    const at = Math.min(...candidates) as EpochMs;
    if (at === this.#wakeAt) return [];
    this.#wakeAt = at;
    return [{ kind: 'wake', at }];
  }
}
