import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';
import { retryAt } from './backoff.ts';
import type { MappingCounters } from './counters.ts';
import { recordBytes } from './event.ts';
import { passes } from './filters.ts';
import type { MappingConfig } from './mapping.ts';
import { PartitionFeed } from './partition-feed.ts';
import type { SchedulerCommand } from './scheduler-protocol.ts';
import type { AssignedPartition } from './starting-position.ts';

/** The partitions that this mapping owns, and the fetching from them. */
export class Feeds {
  readonly #counters: MappingCounters;
  #owned: readonly PartitionFeed[] = [];
  #lastFetchId = 0;

  constructor(counters: MappingCounters) {
    this.#counters = counters;
  }

  /** In order of their numbers. */
  get all(): readonly PartitionFeed[] {
    return this.#owned;
  }

  /**
   * Takes over an assignment: partitions owned already go on, new ones begin where it says, the rest is revoked.
   * Partitions are dealt out to the event pollers in turn.
   *
   * @returns the revoked ones
   */
  assign(
    partitions: readonly AssignedPartition[],
    pollers: MappingConfig['pollers'],
  ): readonly PartitionFeed[] {
    const before = this.#owned;
    const count = pollers === 'on-demand' ? 1 : pollers;
    this.#owned = partitions
      .toSorted((one, other) => one.partition - other.partition)
      .map(({ partition, from }, index) => {
        const kept = before.find((feed) => feed.partition === partition);
        if (kept === undefined) return new PartitionFeed(partition, from, index % count);
        kept.poller = index % count;
        return kept;
      });
    const revoked = before.filter((feed) => !this.#owned.includes(feed));
    for (const feed of revoked) feed.revoked = true;
    return revoked;
  }

  /**
   * Takes in the answer to a fetch.
   *
   * @returns the partition, or `undefined` where nobody awaits the answer any more
   */
  fetched(
    fetchId: number,
    records: readonly LoggedRecord[],
    filters: MappingConfig['filters'],
    receivedAt: EpochMs,
  ): PartitionFeed | undefined {
    const feed = this.#answered(fetchId);
    if (feed === undefined) return undefined;
    feed.fetchFailures = 0;
    feed.hold = records.length === 0 ? 'next-tick' : null;
    for (const record of records) {
      if (record.offset < feed.position) continue;
      const filteredOut = !passes(filters, record.value);
      this.#counters.PolledEventCount += 1;
      if (filteredOut) this.#counters.FilteredOutEventCount += 1;
      feed.receive({ feed, record, bytes: recordBytes(record), receivedAt, settled: filteredOut });
    }
    return feed;
  }

  fetchFailed(fetchId: number, now: EpochMs, backoff: MappingConfig['backoff']): void {
    const feed = this.#answered(fetchId);
    if (feed === undefined) return;
    this.#counters.PollingErrorCount += 1;
    feed.fetchFailures += 1;
    feed.hold = retryAt(now, backoff, feed.fetchFailures);
  }

  #answered(fetchId: number): PartitionFeed | undefined {
    const feed = this.#owned.find((owned) => owned.fetchId === fetchId);
    if (feed !== undefined) feed.fetchId = null;
    return feed;
  }

  /** Partitions that had nothing may be fetched again. */
  tick(): void {
    for (const feed of this.#owned) if (feed.hold === 'next-tick') feed.hold = null;
  }

  /** A fetch for every partition whose buffer has room: the next batch is fetched while one is in flight. */
  fetches(now: EpochMs, { batchSize, batchBytes }: MappingConfig): readonly SchedulerCommand[] {
    return this.#owned
      .filter(
        (feed) =>
          feed.fetchId === null &&
          (feed.hold === null || (feed.hold !== 'next-tick' && feed.hold <= now)) &&
          feed.buffered.length < batchSize &&
          feed.bufferedBytes < batchBytes,
      )
      .map((feed) => {
        feed.hold = null;
        feed.fetchId = ++this.#lastFetchId;
        return {
          kind: 'fetch',
          fetchId: feed.fetchId,
          partition: feed.partition,
          from: feed.position,
          maxRecords: batchSize - feed.buffered.length,
          maxBytes: batchBytes - feed.bufferedBytes,
        };
      });
  }

  /** When partitions whose fetch failed are due again. */
  get wakeAt(): readonly EpochMs[] {
    return this.#owned.flatMap(({ hold }) => (hold === null || hold === 'next-tick' ? [] : [hold]));
  }
}
