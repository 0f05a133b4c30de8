import type { Clock } from '../../core/ports/clock.ts';
import type { AuditEntry, OperationsStore, Read, Reservation, TopicEpoch } from '../../core/ports/stores.ts';
import { orUnavailable, storeUnavailable, type Database } from './database.ts';

const MINUTE_MS = 60_000;

/** Minutes that are kept beside the current one: a clock that is set back a little finds what it reserved already. */
const KEPT_MINUTES = 60;

const answered = <Value>(work: () => Value): Read<Value> => {
  try {
    return { kind: 'read', value: work() };
  } catch (thrown) {
    return { kind: 'unavailable', cause: storeUnavailable(thrown) };
  }
};

/** Kill switches, limits, topic epochs and audit of one pipeline. `clock` is the store's: its minutes are those of the limits. */
export class SqliteOperationsStore implements OperationsStore {
  readonly #database: Database;
  readonly #pipeline: string;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: Database, pipeline: string, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#pipeline = pipeline;
    this.#clock = clock;
  }

  async paused(stage: string): Promise<Read<boolean>> {
    const sql = 'SELECT paused FROM switches WHERE pipeline = ? AND stage = ?';
    return answered(() => this.#database.statement(sql).get(this.#pipeline, stage)?.['paused'] === 1);
  }

  async setPaused(stage: string, paused: boolean): Promise<void> {
    const sql =
      'INSERT INTO switches (pipeline, stage, paused) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET paused = excluded.paused';
    orUnavailable(() =>
      this.#database.write(() => this.#database.statement(sql).run(this.#pipeline, stage, paused ? 1 : 0)),
    );
  }

  async reserve(limit: string, perMinute: number, want: number): Promise<Read<Reservation>> {
    return answered(() =>
      want === 0
        ? this.#database.read(() => this.#reserve(limit, perMinute, want))
        : this.#database.write(() => this.#reserve(limit, perMinute, want)),
    );
  }

  async epoch(topic: string, topicId: string): Promise<Read<TopicEpoch>> {
    return answered(
      () =>
        this.#epoch(topic) ??
        this.#database.write(() => this.#epoch(topic) ?? this.#declare(topic, { topicId, epoch: 1 })),
    );
  }

  async declareEpoch(topic: string, topicId: string): Promise<TopicEpoch> {
    return orUnavailable(() =>
      this.#database.write(() => {
        const known = this.#epoch(topic);
        return known?.topicId === topicId
          ? known
          : this.#declare(topic, { topicId, epoch: (known?.epoch ?? 0) + 1 });
      }),
    );
  }

  async audit({ at, who, what, why }: AuditEntry): Promise<void> {
    const sql = 'INSERT INTO audits (pipeline, at, who, what, why) VALUES (?, ?, ?, ?, ?)';
    orUnavailable(() =>
      this.#database.write(() => this.#database.statement(sql).run(this.#pipeline, at, who, what, why)),
    );
  }

  async audits(limit: number): Promise<readonly AuditEntry[]> {
    const sql = 'SELECT at, who, what, why FROM audits WHERE pipeline = ? ORDER BY number DESC LIMIT ?';
    return orUnavailable(() =>
      this.#database
        .statement(sql)
        .all(this.#pipeline, limit)
        .map((row) => ({ ...(row as unknown as AuditEntry) })),
    );
  }

  /** The clock is read behind the lock: a minute that ended while waiting must not be reserved from. */
  #reserve(limit: string, perMinute: number, want: number): Reservation {
    const now = this.#clock.now();
    const minute = Math.floor(now / MINUTE_MS);
    const known = this.#database
      .statement('SELECT reserved FROM reservations WHERE pipeline = ? AND name = ? AND minute = ?')
      .get(this.#pipeline, limit, minute)?.['reserved'];
    const reserved = typeof known === 'number' ? known : 0;
    const left = Math.max(0, perMinute - reserved);
    const resetsInMs = (minute + 1) * MINUTE_MS - now;
    if (want === 0) return { granted: left, resetsInMs };
    const granted = Math.min(want, left);
    if (granted > 0) this.#keepReserved(limit, minute, reserved + granted);
    return { granted, resetsInMs };
  }

  #keepReserved(limit: string, minute: number, reserved: number): void {
    this.#database
      .statement('DELETE FROM reservations WHERE pipeline = ? AND name = ? AND minute < ?')
      .run(this.#pipeline, limit, minute - KEPT_MINUTES);
    this.#database
      .statement(
        'INSERT INTO reservations (pipeline, name, minute, reserved) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET reserved = excluded.reserved',
      )
      .run(this.#pipeline, limit, minute, reserved);
  }

  #epoch(topic: string): TopicEpoch | undefined {
    const sql = 'SELECT topic_id AS topicId, epoch FROM epochs WHERE pipeline = ? AND topic = ?';
    const row = this.#database.statement(sql).get(this.#pipeline, topic);
    return row && { ...(row as unknown as TopicEpoch) };
  }

  #declare(topic: string, declared: TopicEpoch): TopicEpoch {
    this.#database
      .statement(
        'INSERT INTO epochs (pipeline, topic, topic_id, epoch) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET topic_id = excluded.topic_id, epoch = excluded.epoch',
      )
      .run(this.#pipeline, topic, declared.topicId, declared.epoch);
    return declared;
  }
}
