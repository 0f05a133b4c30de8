/** Whoever publishes: events with their fates, duplicates, and other payloads under a known identity. */
import { topicIn } from '../../lib/core/contract/resolved.ts';
import { bytesOf, type OutputRecord } from '../../lib/core/record.ts';
import { epochMsOf, toIso } from '../../lib/core/units.ts';
import type { SimEvent } from './domain.ts';
import { environment, type Deployment } from './workers.ts';
import { beginning } from './world.ts';

/** What was published, in order: the truth that the checker measures against. */
export interface Published {
  readonly event: SimEvent;
  readonly id: string;
  readonly type: 'ask' | 'note';
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  readonly isFact: boolean;
}

export class SimProducer {
  readonly published: Published[] = [];
  readonly #deployment: Deployment;
  #publications = 0;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  /** Whether there is room for more. */
  get isDone(): boolean {
    return this.#publications >= mostPublications;
  }

  publish(): void {
    const { tape } = this.#deployment.world;
    const { contract } = this.#deployment;
    const kind = tape.pick(14);
    const previous = this.published.findLast(({ isFact }) => !isFact);
    this.#publications += 1;
    if (Object.keys(contract.context).length > 0 && kind === 13) {
      this.#append(true, 'fact', `f${this.#publications}`, this.#event({}));
      return;
    }
    if (kind === 10 && previous) {
      // A producer's duplicate: the same event at a new offset.
      this.#append(false, previous.type, previous.id, previous.event);
      return;
    }
    if (kind === 11 && previous) {
      // The same identity with another payload.
      this.#append(false, previous.type, previous.id, this.#event({ entity: previous.event.entity }));
      return;
    }
    const fates: readonly Partial<SimEvent>[] = [
      {},
      {},
      {},
      {},
      { broken: true },
      { throws: true },
      { kills: 'inference' },
      { kills: 'action' },
      { refusedBy: 'model' },
      { refusedBy: 'downstream' },
      {},
      {},
      contract.features.mapping.bisect ? { kills: 'features' } : {},
      {},
    ];
    this.#append(
      false,
      kind === 3 ? 'note' : 'ask',
      `e${this.#publications}`,
      this.#event(fates[kind] ?? {}),
    );
  }

  #event(fate: Partial<SimEvent>): SimEvent {
    const { tape } = this.#deployment.world;
    return {
      n: this.#publications,
      entity: tape.pick(3) === 0 ? 'a' : 'b',
      at: toIso(epochMsOf(beginning + this.#publications * 60_000 - tape.pick(3) * 60_000)),
      ...fate,
    };
  }

  #append(isFact: boolean, type: string, id: string, event: SimEvent): void {
    const { contract, world, broker } = this.#deployment;
    const source = isFact ? contract.context['facts']!.source : contract.source;
    const topic = topicIn(environment, source);
    const record: OutputRecord = {
      topic,
      key: bytesOf(event.entity),
      value: bytesOf(JSON.stringify(event)),
      headers: Object.entries({
        ce_specversion: '1.0',
        ce_id: id,
        ce_source: '/producer',
        ce_type: type,
        ce_time: toIso(world.now),
      }).map(([name, value]) => ({ name, value: bytesOf(value) })),
    };
    const appended = broker.append('producer', record);
    if (appended.kind !== 'acked') return;
    const { partition, offset } = appended;
    world.tell(() => `${type} ${id} is published at ${partition}/${offset}: ${JSON.stringify(event)}`);
    this.published.push({
      event,
      id,
      type: type === 'note' ? 'note' : 'ask',
      topicId: broker.topic(topic).id,
      partition,
      offset,
      isFact,
    });
  }
}

const mostPublications = 10;
