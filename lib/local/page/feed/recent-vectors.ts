import { ceHeader } from '../../../core/envelope.ts';
import type { EventLog, LoggedRecord } from '../../../core/ports/event-log.ts';
import { textOf } from '../../../core/record.ts';
import { TopicTail } from '../../report/topic-tail.ts';
import { BoundedMap } from './bounded-map.ts';

/** More than are on their way to a decision at a time. */
const mostVectors = 5_000;
/** Of each partition, when it begins. */
const mostAtFirst = 500;

/** The newest vectors, as bytes: what a decision was made from is looked up here. */
export class RecentVectors {
  readonly #tail: TopicTail;
  readonly #values = new BoundedMap<string, Uint8Array>(mostVectors);

  constructor(log: EventLog, topic: string) {
    this.#tail = new TopicTail(log, topic, mostAtFirst);
  }

  async follow(): Promise<void> {
    await this.#tail.follow(({ headers, value }) => {
      const id = ceHeader(headers, 'id');
      if (id !== undefined && value !== null) this.#values.set(id, value);
    });
  }

  /** What a decision was made from: from its own record where the contract keeps it there; `undefined` where it is gone. */
  of(id: string, decision: LoggedRecord): unknown {
    const kept = ceHeader(decision.headers, 'vector');
    if (kept !== undefined) return JSON.parse(kept) as unknown;
    const value = this.#values.get(id);
    return value === undefined ? undefined : (JSON.parse(textOf(value)) as unknown);
  }
}
