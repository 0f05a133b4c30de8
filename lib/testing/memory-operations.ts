import type { Clock } from '../core/ports/clock.ts';
import type { AuditEntry, OperationsStore, Read, Reservation, TopicEpoch } from '../core/ports/stores.ts';

const minuteMs = 60_000;

const read = <Value>(value: Value): Read<Value> => ({ kind: 'read', value });

/** Kill switches, limits, epochs and audit in memory. */
export class MemoryOperations implements OperationsStore {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #paused = new Set<string>();
  readonly #reserved = new Map<string, number>();
  readonly #epochs = new Map<string, TopicEpoch>();
  #audits: readonly AuditEntry[] = [];

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  async paused(stage: string): Promise<Read<boolean>> {
    return read(this.#paused.has(stage));
  }

  async setPaused(stage: string, paused: boolean): Promise<void> {
    if (paused) this.#paused.add(stage);
    else this.#paused.delete(stage);
  }

  async reserve(limit: string, perMinute: number, want: number): Promise<Read<Reservation>> {
    const now = this.#clock.now();
    const minute = Math.floor(now / minuteMs);
    const place = `${minute}/${limit}`;
    const reserved = this.#reserved.get(place) ?? 0;
    const left = Math.max(0, perMinute - reserved);
    const granted = Math.min(want, left);
    if (granted > 0) this.#reserved.set(place, reserved + granted);
    return read({ granted: want === 0 ? left : granted, resetsInMs: (minute + 1) * minuteMs - now });
  }

  async epoch(topic: string, topicId: string): Promise<Read<TopicEpoch>> {
    return read(this.#epochs.get(topic) ?? this.#declare(topic, { topicId, epoch: 1 }));
  }

  async declareEpoch(topic: string, topicId: string): Promise<TopicEpoch> {
    const known = this.#epochs.get(topic);
    return known?.topicId === topicId
      ? known
      : this.#declare(topic, { topicId, epoch: (known?.epoch ?? 0) + 1 });
  }

  async audit(entry: AuditEntry): Promise<void> {
    this.#audits = [entry, ...this.#audits];
  }

  async audits(limit: number): Promise<readonly AuditEntry[]> {
    return this.#audits.slice(0, limit);
  }

  #declare(topic: string, declared: TopicEpoch): TopicEpoch {
    this.#epochs.set(topic, declared);
    return declared;
  }
}
