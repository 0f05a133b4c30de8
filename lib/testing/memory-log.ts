import type { Producer, ProduceResult, TopicDirectory } from '../core/ports/event-log.ts';
import type { OutputRecord } from '../core/record.ts';
import type { EpochMs } from '../core/units.ts';
import { firstDifference, type Difference } from './difference.ts';
import { Emission, letterIdOf } from './emission.ts';

/** What a stage wrote, in memory: every output and every letter once, however often it was emitted. */
export class MemoryLog implements Producer, TopicDirectory {
  readonly #now: () => EpochMs;
  readonly #outputs = new Map<string, Emission>();
  readonly #letters = new Map<string, OutputRecord>();
  #appended = 0;
  #conflict: MemoryLog['conflict'];

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  async produce(records: readonly OutputRecord[]): Promise<readonly ProduceResult[]> {
    return records.map((record) => {
      this.#keep(record);
      this.#appended += 1;
      return { kind: 'acked', partition: 0, offset: this.#appended, timestamp: this.#now() };
    });
  }

  async topicIds(topics: readonly string[]): Promise<readonly (string | undefined)[]> {
    return topics.map((topic) => `id-of-${topic}`);
  }

  /** In the order of their first emission. */
  outputs(): readonly Emission[] {
    return [...this.#outputs.values()];
  }

  /** The first output that was emitted again with another value: whoever took the first would never know. */
  get conflict(): { readonly id: string; readonly difference: Difference } | undefined {
    return this.#conflict;
  }

  letters(): readonly OutputRecord[] {
    return [...this.#letters.values()];
  }

  #keep(record: OutputRecord): void {
    const letterId = letterIdOf(record);
    if (letterId !== undefined) {
      if (!this.#letters.has(letterId)) this.#letters.set(letterId, record);
      return;
    }
    const emission = new Emission(record);
    const known = this.#outputs.get(emission.id);
    const difference = known && firstDifference(known.data, emission.data);
    if (difference) this.#conflict ??= { id: emission.id, difference };
    if (known === undefined) this.#outputs.set(emission.id, emission);
  }
}
