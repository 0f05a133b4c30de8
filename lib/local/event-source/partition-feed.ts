import type { LoggedRecord } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';

/** A record on its way from the log to its commit. */
export interface Tracked {
  readonly feed: PartitionFeed;
  readonly record: LoggedRecord;
  /** In the event's JSON. */
  readonly bytes: number;
  readonly receivedAt: EpochMs;
  /** Processed, filtered out, or handed over: it may be committed past. */
  settled: boolean;
}

/** How far a partition may be committed. */
export interface Progress {
  /** The next offset to consume. */
  readonly offset: number;
  /** How many events that settles. */
  readonly events: number;
}

/**
 * One partition, for as long as this mapping owns it.
 *
 * What was fetched and is not committed stands in a queue; a commit never reaches past the first of it that is not settled.
 * So nothing can be lost by committing, in whatever order batches are retried, split or given up.
 */
export class PartitionFeed {
  readonly partition: number;
  /** Which event poller has it. */
  poller: number;
  /** The fetch that is under way. */
  fetchId: number | null = null;
  /** No fetch before then: the log failed, or had nothing (`next-tick`). */
  hold: EpochMs | 'next-tick' | null = null;
  fetchFailures = 0;
  revoked = false;
  #position: number;
  #buffered: Tracked[] = [];
  #bufferedBytes = 0;
  #uncommitted: Tracked[] = [];

  constructor(partition: number, from: number, poller: number) {
    this.partition = partition;
    this.poller = poller;
    this.#position = from;
  }

  /** The next offset to fetch. */
  get position(): number {
    return this.#position;
  }

  get buffered(): readonly Tracked[] {
    return this.#buffered;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Everything that was fetched is settled. */
  get settled(): boolean {
    return this.#uncommitted.length === 0;
  }

  /** Takes in a fetched record; one that is settled already was filtered out, and is only there to be committed past. */
  receive(tracked: Tracked): void {
    this.#position = tracked.record.offset + 1;
    this.#uncommitted.push(tracked);
    if (tracked.settled) return;
    this.#buffered.push(tracked);
    this.#bufferedBytes += tracked.bytes;
  }

  /** Takes the first records out of the buffer, for a batch. */
  take(count: number): readonly Tracked[] {
    const taken = this.#buffered.splice(0, count);
    for (const { bytes } of taken) this.#bufferedBytes -= bytes;
    return taken;
  }

  /** Forgets the settled records at the head of the queue; `undefined` where there is none. */
  advance(): Progress | undefined {
    const firstOpen = this.#uncommitted.findIndex(({ settled }) => !settled);
    const events = firstOpen === -1 ? this.#uncommitted.length : firstOpen;
    if (events === 0) return undefined;
    this.#uncommitted.splice(0, events);
    return { offset: this.#uncommitted[0]?.record.offset ?? this.#position, events };
  }
}
