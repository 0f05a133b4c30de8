import type { CommittedOffset, ConsumerGroups, EventLog } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';

/** How far a stage is behind its topic. */
export interface StagePosition {
  /** Records that are not committed. */
  readonly lag: number;
  /** Age of the first of them, by the time of its append, ms; 0 where there is none. */
  readonly firstUncommittedMs: number;
}

/** Committed offsets of one stage, as they are told of, and the ends of its topic, as the log has them. */
export class StagePositions {
  readonly #log: EventLog;
  readonly #topic: string;
  readonly #group: string;
  readonly #committed = new Map<number, number>();

  constructor(log: EventLog, topic: string, group: string) {
    this.#log = log;
    this.#topic = topic;
    this.#group = group;
  }

  async resume(groups: ConsumerGroups): Promise<void> {
    this.committed(this.#group, await groups.committed(this.#group));
  }

  committed(group: string, offsets: readonly CommittedOffset[]): void {
    if (group !== this.#group) return;
    for (const { topic, partition, offset } of offsets)
      if (topic === this.#topic) this.#committed.set(partition, offset);
  }

  async lag(): Promise<number> {
    const ranges = await this.#log.offsets(this.#topic);
    return ranges.reduce(
      (sum, { partition, earliest, end }) => sum + end - (this.#committed.get(partition) ?? earliest),
      0,
    );
  }

  /** Records in the topic since it was made. */
  async records(): Promise<number> {
    return (await this.#log.offsets(this.#topic)).reduce((sum, { end }) => sum + end, 0);
  }

  async position(now: EpochMs): Promise<StagePosition> {
    const ages = await Promise.all(
      (await this.#log.offsets(this.#topic)).map(async ({ partition, earliest, end }) => {
        const from = this.#committed.get(partition) ?? earliest;
        if (from >= end) return { lag: 0, ageMs: 0 };
        const [first] = await this.#log.read({
          topic: this.#topic,
          partition,
          from,
          maxRecords: 1,
          maxBytes: 1,
        });
        return { lag: end - from, ageMs: first === undefined ? 0 : now - first.timestamp };
      }),
    );
    return {
      lag: ages.reduce((sum, { lag }) => sum + lag, 0),
      firstUncommittedMs: Math.max(0, ...ages.map(({ ageMs }) => ageMs)),
    };
  }
}
