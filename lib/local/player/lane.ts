import { deadLettersIn, topicIn, type ResolvedContract } from '../../core/contract/resolved.ts';
import type { ConsumerGroups, EventLog } from '../../core/ports/event-log.ts';
import type { OutputRecord } from '../../core/record.ts';
import { epochMsOf, type EpochMs } from '../../core/units.ts';
import type { Lane as LaneName, PlayItem } from '../recording/playlist.ts';
import { InFlight } from './in-flight.ts';
import { playMarkOf, playPosition } from './play-mark.ts';
import type { Publisher } from './publication.ts';

/** A topic of a lane, and the group of the stage that reads it. */
export interface LaneTopic {
  readonly topic: string;
  readonly group: string;
  readonly deadLetters: string;
}

/** The topics that a playlist is published to. */
export const laneTopics = (
  { source, context, features }: ResolvedContract,
  lane: LaneName,
  environment: string,
): readonly LaneTopic[] =>
  (lane === 'source'
    ? [{ resolved: source, mapping: features.mapping }]
    : Object.values(context).map(({ source: resolved, mapping }) => ({ resolved, mapping }))
  ).map(({ resolved, mapping }) => ({
    topic: topicIn(environment, resolved),
    group: `${environment}.${mapping.group}`,
    deadLetters: deadLettersIn(environment, resolved),
  }));

export interface LanePorts {
  readonly log: EventLog;
  readonly groups: ConsumerGroups;
}

/** Largest number of records of one append: one transaction. */
const longestBatch = 500;

const readAtOnce = 1_000;
const readBytes = 64 * 1024 * 1024;

/** A playlist on its way into the log: what is next, and what is not committed yet. */
export class Lane {
  readonly items: readonly PlayItem[];
  readonly #topics: readonly LaneTopic[];
  readonly #ports: LanePorts;
  readonly #publisher: Publisher;
  readonly #inFlight = new InFlight();
  #next = 0;

  constructor(
    items: readonly PlayItem[],
    topics: readonly LaneTopic[],
    ports: LanePorts,
    publisher: Publisher,
  ) {
    this.items = items;
    this.#topics = topics;
    this.#ports = ports;
    this.#publisher = publisher;
  }

  /** Index of the first item that is not published. */
  get next(): number {
    return this.#next;
  }

  get nextAt(): EpochMs | undefined {
    return this.items[this.#next]?.at;
  }

  /** Everything before this event time is published and committed; `undefined`: everything. */
  get committedUpTo(): EpochMs | undefined {
    const [published, next] = [this.#inFlight.earliest, this.nextAt];
    if (published === undefined || next === undefined) return published ?? next;
    return epochMsOf(Math.min(published, next));
  }

  /** Finds out from the log and the committed offsets how far an earlier run came. */
  async resume(): Promise<void> {
    const { log, groups } = this.#ports;
    this.#next = await playPosition(
      log,
      this.#topics.flatMap(({ topic, deadLetters }) => [topic, deadLetters]),
    );
    for (const { topic, group } of this.#topics) {
      const committed = (await groups.committed(group)).filter((entry) => entry.topic === topic);
      for (const { partition, earliest, end } of await log.offsets(topic)) {
        const from = committed.find((entry) => entry.partition === partition)?.offset ?? earliest;
        await this.#addUncommitted(topic, partition, from, end);
      }
    }
  }

  committed(topic: string, partition: number, offset: number): void {
    this.#inFlight.committed({ topic, partition, offset });
  }

  /**
   * Publishes what comes next and is not later than `upTo`, at most `most` items.
   *
   * @returns what was published, in order; less than what was asked for where the log did not take it
   */
  async publish(upTo: EpochMs, most: number, now: EpochMs): Promise<readonly PlayItem[]> {
    const batch: PlayItem[] = [];
    const limit = Math.min(most, longestBatch);
    for (
      let item = this.items[this.#next];
      item !== undefined;
      item = this.items[this.#next + batch.length]
    ) {
      if (batch.length >= limit || item.at > upTo) break;
      batch.push(item);
    }
    if (batch.length === 0) return [];
    const first = this.#next;
    const records = batch.map((item, index): OutputRecord =>
      this.#publisher.recordOf(item, { index: first + index, batch: first, batchSize: batch.length }, now),
    );
    const results = await this.#ports.log.produce(records);
    // From the first that is not known to be there, everything is published again: the order matters more than a duplicate.
    const failed = results.findIndex(({ kind }) => kind !== 'acked');
    const there = failed === -1 ? batch : batch.slice(0, failed);
    there.forEach((item, index) => {
      const result = results[index];
      const topic = records[index]?.topic ?? '';
      if (result?.kind === 'acked' && this.#topics.some((of) => of.topic === topic))
        this.#inFlight.published(topic, result.partition, result.offset, item.at);
    });
    this.#next += there.length;
    return there;
  }

  async #addUncommitted(topic: string, partition: number, from: number, end: number): Promise<void> {
    for (let next = from; next < end;) {
      const page = await this.#ports.log.read({
        topic,
        partition,
        from: next,
        maxRecords: readAtOnce,
        maxBytes: readBytes,
      });
      if (page.length === 0) return;
      for (const record of page) {
        const item = this.items[playMarkOf(record)?.index ?? -1];
        if (item !== undefined) this.#inFlight.published(topic, partition, record.offset, item.at);
      }
      next = (page.at(-1)?.offset ?? next) + 1;
    }
  }
}
