import type { Producer, ProduceResult, TopicDirectory } from '../core/ports/event-log.ts';
import { textOf, type OutputRecord } from '../core/record.ts';
import type { EpochMs } from '../core/units.ts';
import { Emission, letterIdOf } from './emission.ts';

/** What a stage wrote, in memory: every output and every letter once, however often it was emitted. */
export class MemoryLog implements Producer, TopicDirectory {
  readonly #now: () => EpochMs;
  readonly #outputs = new Map<string, Emission>();
  readonly #letters = new Map<string, OutputRecord>();
  #appended = 0;

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  /** @throws {Error} for an output that is emitted again with another value: whoever took the first would never know */
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
    if (
      known !== undefined &&
      textOf(known.record.value ?? new Uint8Array()) !== textOf(record.value ?? new Uint8Array())
    )
      throw new Error(
        `output ${emission.id} was emitted twice, and not with the same value: first ${JSON.stringify(known.data)}, then ${JSON.stringify(emission.data)}. Is a function not pure?`,
      );
    if (known === undefined) this.#outputs.set(emission.id, emission);
  }
}
