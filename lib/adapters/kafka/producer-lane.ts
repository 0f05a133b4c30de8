import type { ProduceResult } from '../../core/ports/event-log.ts';
import type { OutputRecord } from '../../core/record.ts';
import type { EpochMs } from '../../core/units.ts';
import { inBatches, loneBatchBytes } from './batches.ts';
import { logUnavailable } from './faults.ts';
import type { ProducerIdentity } from './producer-identity.ts';

/** A record on its way, and what to tell of it. */
export interface Pending {
  readonly record: OutputRecord;
  readonly settle: (result: ProduceResult) => void;
}

/** Kafka's own default of `max.message.bytes`, for topics whose configuration may not be read. */
const PRESUMED_LIMIT_BYTES = 1_048_588;

/**
 * The records of one partition, in batches that go one after the other: the next is sent when what became of this one is known,
 * so that nothing overtakes and a sequence is never used for two batches.
 */
export class ProducerLane {
  readonly topic: string;
  readonly partition: number;
  readonly #limitBytes: number | undefined;
  #batches: readonly (readonly Pending[])[];
  /** The batch may be in the log: a try of it was not answered. */
  isUncertain = false;
  /** Under which its batches are sent, and sent again. */
  identity: ProducerIdentity | undefined = undefined;
  /** Why the last try failed. */
  cause: unknown = undefined;

  /** @param limitBytes - the largest batch that the topic takes, where that is known */
  constructor(topic: string, partition: number, records: readonly Pending[], limitBytes: number | undefined) {
    this.topic = topic;
    this.partition = partition;
    this.#limitBytes = limitBytes;
    const fitting = records.filter((pending) => !this.#refuseTooLarge(pending, limitBytes));
    this.#batches = inBatches(fitting, limitBytes ?? PRESUMED_LIMIT_BYTES);
  }

  /** `<topic>:<partition>`, as the library looks sequences up. */
  get key(): string {
    return `${this.topic}:${this.partition}`;
  }

  /** What is to be sent now; empty: all is settled. */
  get batch(): readonly Pending[] {
    return this.#batches[0] ?? [];
  }

  /** The batch is in the log. */
  acked(baseOffset: number, timestamp: EpochMs): void {
    this.batch.forEach(({ settle }, index) =>
      settle({ kind: 'acked', partition: this.partition, offset: baseOffset + index, timestamp }),
    );
    this.#next();
  }

  /** The broker takes no batch of this size: smaller ones may do, down to one record. */
  refusedAsTooLarge(): void {
    const [only] = this.batch;
    if (this.batch.length > 1 || only === undefined) this.#halve();
    else {
      this.#refuseTooLarge(only, Math.min(this.#limitBytes ?? Infinity, loneBatchBytes(only.record) - 1));
      this.#next();
    }
  }

  /** The broker never takes this batch: the record for which that is so is found by halves, its neighbours go their way. */
  refused(cause: unknown): void {
    if (this.batch.length > 1) this.#halve();
    else {
      this.#fail(this.batch, cause);
      this.#next();
    }
  }

  /** Nothing more is tried: what is not settled may or may not be in the log. */
  giveUp(cause: unknown): void {
    this.#fail(this.#batches.flat(), cause);
    this.#batches = [];
  }

  #next(): void {
    this.#batches = this.#batches.slice(1);
    this.isUncertain = false;
  }

  #halve(): void {
    const [batch = [], ...rest] = this.#batches;
    const middle = Math.ceil(batch.length / 2);
    this.#batches = [batch.slice(0, middle), batch.slice(middle), ...rest];
  }

  #fail(records: readonly Pending[], cause: unknown): void {
    const { topic, partition } = this;
    const what = `the append to ${topic}-${partition}`;
    for (const { settle } of records)
      settle({ kind: 'failed', cause: logUnavailable(what, cause, { topic, partition }) });
  }

  #refuseTooLarge({ record, settle }: Pending, limitBytes: number | undefined): boolean {
    const sizeBytes = loneBatchBytes(record);
    if (limitBytes === undefined || sizeBytes <= limitBytes) return false;
    settle({ kind: 'too-large', sizeBytes, limitBytes });
    return true;
  }
}
