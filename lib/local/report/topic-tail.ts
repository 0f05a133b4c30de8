import type { EventLog, LoggedRecord } from '../../core/ports/event-log.ts';

const readAtOnce = 2_000;
const readBytes = 32 * 1024 * 1024;

/** Reads a topic, and each time what has come since. It is no consumer group: nothing is committed. */
export class TopicTail {
  readonly #log: EventLog;
  readonly #topic: string;
  readonly #next = new Map<number, number>();

  readonly #newest: number;
  #records = 0;

  /** @param newest - how many records of each partition are read at first; all of them by default */
  constructor(log: EventLog, topic: string, newest = Number.POSITIVE_INFINITY) {
    this.#log = log;
    this.#topic = topic;
    this.#newest = newest;
  }

  /** How many records the topic had when it was last followed, those that were not read among them. */
  get records(): number {
    return this.#records;
  }

  /** Passes on every record that was not passed on before. */
  async follow(take: (record: LoggedRecord) => void): Promise<void> {
    const partitions = await this.#log.offsets(this.#topic);
    this.#records = partitions.reduce((sum, { earliest, end }) => sum + end - earliest, 0);
    for (const { partition, earliest, end } of partitions) {
      let from = Math.max(this.#next.get(partition) ?? end - this.#newest, earliest);
      while (from < end) {
        const page = await this.#log.read({
          topic: this.#topic,
          partition,
          from,
          maxRecords: readAtOnce,
          maxBytes: readBytes,
        });
        if (page.length === 0) break;
        page.forEach(take);
        from = (page.at(-1)?.offset ?? from) + 1;
        this.#next.set(partition, from);
      }
    }
  }
}
