import type { LoggedRecord, ProduceResult, Producer, TopicDirectory } from '../../core/ports/event-log.ts';
import { TransientError } from '../../core/errors.ts';
import { bytesOf, type OutputRecord } from '../../core/record.ts';
import { entityOf } from '../../core/batch/decode.ts';
import type { Actor, World } from './world.ts';

interface Topic {
  id: string;
  partitions: LoggedRecord[][];
  /** By group: the offsets of its partitions. */
  readonly committed: Map<string, number[]>;
}

/** Topics with ids and partitions, and committed offsets by topic id: what a broker keeps over every crash. */
export class Broker {
  readonly topics = new Map<string, Topic>();
  readonly #world: World;
  #ids = 0;
  #appends = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Changes whenever a log does. */
  get appends(): number {
    return this.#appends;
  }

  create(name: string, partitions: number): void {
    this.#ids += 1;
    this.#appends += 1;
    this.topics.set(name, {
      id: `topic-${this.#ids}`,
      partitions: Array.from({ length: partitions }, () => []),
      committed: new Map(),
    });
  }

  topic(name: string): Topic {
    const topic = this.topics.get(name);
    if (!topic) throw new Error(`the simulation has no topic ${name}`);
    return topic;
  }

  append(who: string, record: OutputRecord): ProduceResult {
    const topic = this.topic(record.topic);
    const partition = record.key === null ? 0 : partitionOf(entityOf(record.key), topic.partitions.length);
    const log = topic.partitions[partition]!;
    const { now } = this.#world;
    const logged: LoggedRecord = {
      ...record,
      partition,
      offset: log.length,
      timestamp: now,
      timestampType: 'LOG_APPEND_TIME',
    };
    log.push(logged);
    this.#appends += 1;
    this.#world.journal.note(who, { kind: 'appended', topicId: topic.id, record: logged });
    return { kind: 'acked', partition, offset: logged.offset, timestamp: now };
  }

  committed(group: string, topic: string, partition: number): number {
    return this.topic(topic).committed.get(group)?.[partition] ?? 0;
  }

  commit(group: string, topic: string, partition: number, offset: number): void {
    const { committed } = this.topic(topic);
    const offsets = committed.get(group) ?? [];
    offsets[partition] = offset;
    committed.set(group, offsets);
  }

  producerOf(actor: Actor): Producer {
    const world = this.#world;
    const failed = (): ProduceResult => ({ kind: 'failed', cause: new Error('simulated') });
    return {
      produce: (records) =>
        world.operation(actor, `produce ${records.map(({ topic }) => topic).join(' ')}`, {
          perform: () => {
            world.journal.note(actor.name, { kind: 'worked', what: 'produce' });
            // Results belong to their own records; each may fail, with or without having been appended.
            return records.map((record) => {
              if (!world.has('produce-fails') || !world.tape.chance(5))
                return this.append(actor.name, record);
              if (world.tape.chance(2)) this.append(actor.name, record);
              return failed();
            });
          },
          failed: () => records.map(failed),
        }),
    };
  }

  directoryOf(actor: Actor): TopicDirectory {
    return {
      topicIds: async (names) => {
        const ids = await this.#world.operation<readonly (string | undefined)[] | undefined>(
          actor,
          'read topic ids',
          {
            perform: () => names.map((name) => this.topics.get(name)?.id),
            failed: () => undefined,
          },
        );
        if (ids === undefined) throw new TransientError('LOG_UNAVAILABLE', { message: 'simulated' });
        return ids;
      },
    };
  }
}

/** Any function of the key will do here. */
const partitionOf = (key: string, partitions: number): number =>
  bytesOf(key).reduce((sum, byte) => sum + byte, 0) % partitions;
