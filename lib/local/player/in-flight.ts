import type { CommittedOffset } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';

interface Waiting {
  readonly offset: number;
  readonly at: EpochMs;
}

/** What was published on one lane and is not committed by its stage: the event times that still have to be reckoned with. */
export class InFlight {
  readonly #queues = new Map<string, Waiting[]>();
  #count = 0;

  /** How many records. */
  get count(): number {
    return this.#count;
  }

  /** In order of the offsets of each partition. */
  published(topic: string, partition: number, offset: number, at: EpochMs): void {
    const key = `${topic}/${partition}`;
    const queue = this.#queues.get(key) ?? [];
    queue.push({ offset, at });
    this.#queues.set(key, queue);
    this.#count += 1;
  }

  committed({ topic, partition, offset }: CommittedOffset): void {
    const queue = this.#queues.get(`${topic}/${partition}`) ?? [];
    const found = queue.findIndex((waiting) => waiting.offset >= offset);
    const done = queue.splice(0, found === -1 ? queue.length : found);
    this.#count -= done.length;
  }

  /** The earliest event time that is not committed; `undefined` where there is none. */
  get earliest(): EpochMs | undefined {
    let earliest: EpochMs | undefined;
    for (const [first] of this.#queues.values())
      if (first !== undefined && (earliest === undefined || first.at < earliest)) earliest = first.at;
    return earliest;
  }
}
