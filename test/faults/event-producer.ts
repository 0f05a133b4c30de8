import { setTimeout as pause } from 'node:timers/promises';
import type { EventLog } from '../../lib/core/ports/event-log.ts';
import { bytesOf, type OutputRecord } from '../../lib/core/record.ts';
import type { SentEvent, Wanted } from '../support/evidence.ts';

/** What is wrong with an event. */
export type Defect =
  | 'none'
  | 'not-in-the-schema'
  | 'large-and-not-in-the-schema'
  | 'hungry-fold'
  | 'hungry-model';

const entityCount = 6;
/** Above what a dead-letter topic that is too small takes. */
const paddingBytes = 20_000;

/** Sends numbered events, and writes down which were acknowledged. */
export class EventProducer {
  readonly #log: EventLog;
  readonly #topic: string;
  readonly #random: () => number;
  #made = 0;
  // What the emulator's own recording begins with.
  readonly #sent: SentEvent[] = [{ id: 'opening', entity: 'opening', wanted: 'decision', isAcked: true }];

  constructor(log: EventLog, topic: string, random: () => number) {
    this.#log = log;
    this.#topic = topic;
    this.#random = random;
  }

  get sent(): readonly SentEvent[] {
    return [...this.#sent];
  }

  /** Sends events a few at a time, over about so long. */
  async send(count: number, overMs: number): Promise<void> {
    const atOnce = 5;
    for (let left = count; left > 0; left -= atOnce) {
      await this.sendOnce(Array.from({ length: Math.min(left, atOnce) }, () => 'none' as const));
      await pause((overMs * atOnce * 2 * this.#random()) / count);
    }
  }

  /** Sends events a few at a time until it is told to stop. */
  async sendUntil(stopped: AbortSignal, everyMs: number): Promise<void> {
    while (!stopped.aborted) {
      await this.sendOnce(['none', 'none', 'none']);
      await pause(everyMs * 2 * this.#random());
    }
  }

  /** Sends an event for each defect. */
  async sendOnce(defects: readonly Defect[]): Promise<readonly SentEvent[]> {
    const events = defects.map((defect) => this.#event(defect));
    const results = await this.#log.produce(events.map(({ record }) => record));
    const sent = events.map(({ event }, index) => ({ ...event, isAcked: results[index]?.kind === 'acked' }));
    this.#sent.push(...sent);
    return sent;
  }

  #event(defect: Defect): { readonly event: SentEvent; readonly record: OutputRecord } {
    this.#made += 1;
    const id = `e${this.#made}`;
    const entity = `entity-${Math.floor(this.#random() * entityCount)}`;
    const acts = this.#random() < 0.5;
    const isBroken = defect.endsWith('not-in-the-schema');
    const data = {
      event: id,
      entity,
      at: new Date().toISOString(),
      acts: isBroken ? 'perhaps' : acts,
      hunger: defect === 'hungry-fold' ? 'fold' : defect === 'hungry-model' ? 'model' : 'none',
      ...(defect.startsWith('large') ? { padding: 'x'.repeat(paddingBytes) } : {}),
    };
    const headers: Readonly<Record<string, string>> = {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: '/stream',
      ce_type: 'sent',
      ce_time: data.at,
    };
    const wanted: Wanted = defect === 'none' ? (acts ? 'effect' : 'decision') : 'letter';
    return {
      event: { id, entity, wanted, isAcked: false },
      record: {
        topic: this.#topic,
        key: bytesOf(entity),
        value: bytesOf(JSON.stringify(data)),
        headers: Object.entries(headers).map(([name, value]) => ({ name, value: bytesOf(value) })),
      },
    };
  }
}
