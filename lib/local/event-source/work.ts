import type { EpochMs } from '../../core/units.ts';
import { freshBatch, isTooLarge, takeBatch, waitingSince, withRecords, type Batch } from './batch.ts';
import type { MappingCounters } from './counters.ts';
import { eventHeadBytes } from './event.ts';
import type { InvocationResult } from './function-host.ts';
import type { MappingConfig } from './mapping.ts';
import type { PartitionFeed, Tracked } from './partition-feed.ts';
import { afterFailure, discardedOf, discarding, handOverLater, remainingOf } from './retry-policy.ts';
import type { SchedulerCommand } from './scheduler-protocol.ts';

/** An event poller invokes at most so many times side by side (AWS Lambda developer guide, "kafka-scaling-modes"). */
const INVOCATIONS_PER_POLLER = 5;

/**
 * The batches that are not finished, in the order in which they were formed. A batch waits for every earlier one that
 * shares a partition with it: that keeps each partition in order, whatever is retried or split.
 */
export class Work {
  readonly #counters: MappingCounters;
  #config: MappingConfig;
  #headBytes: number;
  #batches: readonly Batch[] = [];
  #lastInvocationId = 0;
  #lastDiscardId = 0;

  constructor(config: MappingConfig, counters: MappingCounters) {
    this.#counters = counters;
    this.#config = config;
    this.#headBytes = eventHeadBytes(config.source);
  }

  /** Only while nothing is unfinished. */
  configure(config: MappingConfig): void {
    this.#config = config;
    this.#headBytes = eventHeadBytes(config.source);
  }

  get settled(): boolean {
    return this.#batches.length === 0;
  }

  /** Something was asked for whose answer is still to come. */
  get inFlight(): boolean {
    return this.#batches.some(
      ({ phase }) => phase.kind === 'invoked' || (phase.kind === 'discarding' && phase.discardId !== null),
    );
  }

  /** When batches that wait are due, and when windows end. */
  wakeAt(feeds: readonly PartitionFeed[]): readonly EpochMs[] {
    return [
      ...this.#batches.flatMap(({ phase }) => (phase.kind === 'invoked' ? [] : [phase.notBefore])),
      ...this.#free(feeds).map((feed) => this.#windowEnd(waitingSince(feed))),
    ];
  }

  /** Forgets everything: what is not committed comes again. */
  clear(): void {
    this.#batches = [];
  }

  /** Drops what belongs to revoked partitions, except from running invocations: their answer is still to come. */
  dropRevoked(): void {
    for (const batch of this.#batches) {
      if (batch.phase.kind === 'invoked') continue;
      const owned = batch.records.filter(({ feed }) => !feed.revoked);
      if (owned.length === 0) this.#replace(batch);
      else if (owned.length < batch.records.length) this.#replace(batch, withRecords(batch, owned));
    }
  }

  /** Everything that may begin now: retries and hand-overs first, then new batches. */
  start(now: EpochMs, feeds: readonly PartitionFeed[]): readonly SchedulerCommand[] {
    const commands: SchedulerCommand[] = [];
    let fresh: Batch | undefined;
    do {
      this.#separate(now);
      commands.push(...this.#begin(now));
      fresh = this.#form(now, feeds);
      if (fresh !== undefined) this.#batches = [...this.#batches, fresh];
    } while (fresh !== undefined);
    return commands;
  }

  /** Parts what can no longer be invoked, for its age or its size, from the batches that are due. */
  #separate(now: EpochMs): void {
    const { maxAgeMs } = this.#config;
    const isOld = ({ record }: Tracked): boolean => maxAgeMs !== -1 && now - record.timestamp > maxAgeMs;
    for (const batch of this.#batches) {
      if (batch.phase.kind !== 'waiting' || batch.phase.notBefore > now) continue;
      if (isTooLarge(batch, { ...this.#config, headBytes: this.#headBytes })) {
        this.#replace(batch, discarding(batch, 'payload-too-large', now));
        continue;
      }
      const old = batch.records.filter(isOld);
      if (old.length === 0) continue;
      const young = batch.records.filter((tracked) => !isOld(tracked));
      this.#replace(
        batch,
        discarding(withRecords(batch, old), 'age-exceeded', now),
        ...(young.length === 0 ? [] : [withRecords(batch, young)]),
      );
    }
  }

  #begin(now: EpochMs): readonly SchedulerCommand[] {
    const commands: SchedulerCommand[] = [];
    const taken = new Set<PartitionFeed>();
    for (const batch of this.#batches) {
      const isFirst = [...batch.feeds].every((feed) => !taken.has(feed));
      for (const feed of batch.feeds) taken.add(feed);
      if (!isFirst || batch.phase.kind === 'invoked' || batch.phase.notBefore > now) continue;
      if (batch.phase.kind === 'waiting' && this.#hasPlace(batch.poller)) commands.push(this.#invoke(batch));
      if (batch.phase.kind === 'discarding' && batch.phase.discardId === null)
        commands.push(this.#discard(batch, batch.phase));
    }
    return commands;
  }

  #hasPlace(poller: number): boolean {
    const running = this.#batches.filter(({ phase }) => phase.kind === 'invoked');
    return (
      running.length < this.#config.concurrency &&
      running.filter((batch) => batch.poller === poller).length < INVOCATIONS_PER_POLLER
    );
  }

  #invoke(batch: Batch): SchedulerCommand {
    const invocationId = ++this.#lastInvocationId;
    const records = batch.records.map(({ record }) => record);
    const invokes = batch.invokes + 1;
    this.#counters.InvokedEventCount += records.length;
    const lastInvocation = { id: invocationId, records };
    this.#replace(batch, { ...batch, invokes, lastInvocation, phase: { kind: 'invoked', invocationId } });
    return { kind: 'invoke', invocationId, records, attempt: invokes };
  }

  #discard(batch: Batch, phase: Extract<Batch['phase'], { kind: 'discarding' }>): SchedulerCommand {
    const discardId = ++this.#lastDiscardId;
    this.#replace(batch, { ...batch, phase: { ...phase, discardId } });
    return { kind: 'discard', discardId, discarded: discardedOf(batch, phase.condition, this.#config) };
  }

  /** The next new batch, of the poller whose records have waited longest. */
  #form(now: EpochMs, feeds: readonly PartitionFeed[]): Batch | undefined {
    const limits = { ...this.#config, headBytes: this.#headBytes };
    const inTurn = [...Map.groupBy(this.#free(feeds), ({ poller }) => poller)]
      .map(([poller, theirs]) => ({ poller, theirs, since: Math.min(...theirs.map(waitingSince)) }))
      .toSorted((one, other) => one.since - other.since);
    for (const { poller, theirs } of inTurn) {
      if (!this.#hasPlace(poller)) continue;
      const records = takeBatch(theirs, limits, (oldest) => this.#windowEnd(oldest) <= now);
      if (records !== undefined) return freshBatch(records, poller, now);
    }
    return undefined;
  }

  #windowEnd(since: EpochMs): EpochMs {
    return (since + this.#config.windowMs) as EpochMs;
  }

  /** Partitions with records and without an unfinished batch. */
  #free(feeds: readonly PartitionFeed[]): readonly PartitionFeed[] {
    return feeds.filter(
      (feed) => feed.buffered.length > 0 && !this.#batches.some((batch) => batch.feeds.has(feed)),
    );
  }

  /** @returns the records that it settles */
  invoked(invocationId: number, result: InvocationResult, now: EpochMs): readonly Tracked[] {
    const batch = this.#batches.find(
      ({ phase }) => phase.kind === 'invoked' && phase.invocationId === invocationId,
    );
    if (batch === undefined) return [];
    const unfinished = new Set(remainingOf(batch, result, this.#config));
    this.#count(result, unfinished.size);
    const succeeded = batch.records.filter((tracked) => !unfinished.has(tracked));
    const remaining = [...unfinished].filter(({ feed }) => !feed.revoked);
    const progressed = succeeded.length > 0;
    if (remaining.length === 0) this.#replace(batch);
    else this.#replace(batch, ...afterFailure({ batch, remaining, progressed, result }, this.#config, now));
    return succeeded;
  }

  #count(result: InvocationResult, unfinished: number): void {
    if (result.kind !== 'returned') this.#counters.InvokeErrorCount += 1;
    if (result.kind !== 'throttled') this.#counters.FailedInvokeEventCount += unfinished;
  }

  /** @returns the records that it settles */
  discarded(discardId: number, outcome: 'done' | 'failed' | 'refused', now: EpochMs): readonly Tracked[] {
    const batch = this.#batches.find(
      ({ phase }) => phase.kind === 'discarding' && phase.discardId === discardId,
    );
    if (batch === undefined) return [];
    if (outcome !== 'done') this.#counters.OnFailureDestinationDeliveryErrorCount += 1;
    const dropped = outcome === 'refused' && this.#config.undocumented.whenRefused === 'dropped';
    if (outcome !== 'done' && !dropped) {
      this.#replace(batch, handOverLater(batch, this.#config, now));
      return [];
    }
    const isLost = dropped || this.#config.destination.kind === 'none';
    const counter = isLost ? 'DroppedEventCount' : 'OnFailureDestinationDeliveredEventCount';
    this.#counters[counter] += batch.records.length;
    this.#replace(batch);
    return batch.records;
  }

  #replace(batch: Batch, ...successors: readonly Batch[]): void {
    this.#batches = this.#batches.flatMap((other) => (other === batch ? successors : [other]));
  }
}
