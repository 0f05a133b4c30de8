import type { EventLog, PartitionOffsets } from '../../core/ports/event-log.ts';

const none: ReadonlySet<number> = new Set();

/** A log that says itself when records come to partitions that were read to their ends; one that cannot say so watches nothing. */
export class LogWatch {
  readonly #log: Pick<EventLog, 'watch'>;
  readonly #onAppend: () => void;
  #watched = none;
  /** Of the watch that is not over yet: its partitions may be watched no more. */
  #ending: AbortController | undefined;

  constructor(log: Pick<EventLog, 'watch'>, onAppend: () => void) {
    this.#log = log;
    this.#onAppend = onAppend;
  }

  /** Whether it will be told of the next record in any of them. */
  covers(partitions: Iterable<number>): boolean {
    return this.#watched.size > 0 && [...partitions].every((partition) => this.#watched.has(partition));
  }

  /** Watches them from their ends on. While a watch of others is not over, they are not watched. */
  begin(topic: string, ends: readonly PartitionOffsets[]): void {
    const partitions = ends.map(({ partition }) => partition);
    if (this.#log.watch === undefined || partitions.length === 0 || this.covers(partitions)) return;
    if (this.#ending !== undefined) {
      this.end();
      return;
    }
    const ending = new AbortController();
    this.#ending = ending;
    this.#watched = new Set(partitions);
    const onAppend = (): void => {
      this.#watched = none;
      if (!ending.signal.aborted) this.#onAppend();
    };
    const from = ends.map(({ partition, end }) => ({ partition, offset: end }));
    void this.#log.watch({ topic, from, signal: ending.signal, onAppend }).then(() => {
      this.#watched = none;
      this.#ending = undefined;
    });
  }

  end(): void {
    this.#watched = none;
    this.#ending?.abort();
  }
}
