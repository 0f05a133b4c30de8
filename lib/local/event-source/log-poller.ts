import type { ConsumerGroups, EventLog, PartitionOffsets } from '../../core/ports/event-log.ts';
import type { MappingConfig } from './mapping.ts';
import type { SchedulerCommand, SchedulerInput } from './scheduler-protocol.ts';
import type { EventSourceScheduler } from './scheduler.ts';
import { startingOffsets } from './starting-position.ts';

type Fetch = Extract<SchedulerCommand, { kind: 'fetch' }>;

/**
 * Looks into the log for a scheduler: where to begin, and what has come since.
 *
 * A fetch stays open until there is something to answer it with. One look at the ends of all partitions serves all of them.
 */
export class LogPoller {
  readonly #ports: { readonly log: EventLog; readonly groups: ConsumerGroups };
  readonly #tell: (input: SchedulerInput) => void;
  /** One for each partition at most. */
  readonly #open = new Map<number, Fetch>();
  /** `null`: none was asked for, or the answer is no longer wanted. */
  #assigned: ReadonlySet<number> | null = null;

  constructor(
    ports: { readonly log: EventLog; readonly groups: ConsumerGroups },
    tell: (input: SchedulerInput) => void,
  ) {
    this.#ports = ports;
    this.#tell = tell;
  }

  /** Answers `assign`. */
  async assign(config: MappingConfig): Promise<void> {
    try {
      const { log, groups } = this.#ports;
      const { topic, group, startingPosition } = config;
      const [kept, committed, atTimestamp] = await Promise.all([
        log.offsets(topic),
        groups.committed(group),
        startingPosition.kind === 'AT_TIMESTAMP' ? log.offsetsAt(topic, startingPosition.at) : [],
      ]);
      const ours = committed.filter((entry) => entry.topic === topic);
      const partitions = startingOffsets(startingPosition, { kept, committed: ours, atTimestamp });
      this.#assigned = new Set(partitions.map(({ partition }) => partition));
      this.#tell({ kind: 'assigned', partitions });
    } catch {
      this.#tell({ kind: 'assign-failed' });
    }
  }

  expect(fetch: Fetch): void {
    this.#open.set(fetch.partition, fetch);
  }

  /** Nobody awaits a fetch any more. */
  forget(): void {
    this.#open.clear();
    this.#assigned = null;
  }

  /**
   * Answers the open fetches for which the log has records; a topic that changed is assigned anew.
   *
   * @returns whether there was anything
   */
  async poll(config: MappingConfig): Promise<boolean> {
    // Without a partition, the topic is still to be created.
    if (this.#assigned === null || (this.#assigned.size > 0 && this.#open.size === 0)) return false;
    const open = [...this.#open.values()];
    try {
      const kept = await this.#ports.log.offsets(config.topic);
      if (this.#hasChanged(kept)) {
        await this.#reassign(kept, config);
        return true;
      }
      const answered = await Promise.all(open.map((fetch) => this.#answer(fetch, kept, config)));
      return answered.includes(true);
    } catch {
      for (const fetch of open) this.#close(fetch, { kind: 'fetch-failed', fetchId: fetch.fetchId });
      return false;
    }
  }

  /** Whether a partition was added, or begins anew because its topic was recreated. */
  #hasChanged(kept: readonly PartitionOffsets[]): boolean {
    return kept.some(({ partition, end }) => {
      const fetch = this.#open.get(partition);
      return !this.#owns(partition) || (fetch !== undefined && fetch.from > end);
    });
  }

  #owns(partition: number): boolean {
    return this.#assigned?.has(partition) === true;
  }

  /** What is still there goes on; a partition whose offset is gone begins again like one that is new. */
  async #reassign(kept: readonly PartitionOffsets[], config: MappingConfig): Promise<void> {
    const intact = kept.filter(({ partition, end }) => {
      const fetch = this.#open.get(partition);
      return this.#owns(partition) && (fetch === undefined || fetch.from <= end);
    });
    this.#tell({ kind: 'assigned', partitions: intact.map(({ partition }) => ({ partition, from: 0 })) });
    for (const { partition } of kept)
      if (!intact.some((other) => other.partition === partition)) this.#open.delete(partition);
    await this.assign(config);
  }

  async #answer(fetch: Fetch, kept: readonly PartitionOffsets[], { topic }: MappingConfig): Promise<boolean> {
    const { partition, from, maxRecords, maxBytes } = fetch;
    const range = kept.find((entry) => entry.partition === partition);
    if (range === undefined || Math.max(from, range.earliest) >= range.end) return false;
    const records = await this.#ports.log.read({ topic, partition, from, maxRecords, maxBytes });
    if (records.length === 0) return false;
    this.#close(fetch, { kind: 'fetched', fetchId: fetch.fetchId, records });
    return true;
  }

  #close(fetch: Fetch, answer: SchedulerInput): void {
    if (this.#open.get(fetch.partition) !== fetch) return;
    this.#open.delete(fetch.partition);
    this.#tell(answer);
  }

  /** Whether the scheduler has fetched everything that the log has; not while the log does not say. */
  async isAtEnd(scheduler: EventSourceScheduler): Promise<boolean> {
    const kept = await this.#ports.log.offsets(scheduler.config.topic).catch(() => undefined);
    if (kept === undefined) return false;
    return kept.every(({ partition, earliest, end }) => {
      const position = scheduler.position(partition);
      return position !== undefined && Math.max(position, earliest) >= end;
    });
  }
}
