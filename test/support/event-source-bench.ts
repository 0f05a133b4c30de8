import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Embedded } from '../../lib/adapters/sqlite/embedded.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import { bytesOf, textOf, type OutputRecord } from '../../lib/core/record.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { putIntoFolder } from '../../lib/local/event-source/bucket-folder.ts';
import { EventSource, type EventSourcePorts } from '../../lib/local/event-source/driver.ts';
import type { InvocationResult } from '../../lib/local/event-source/function-host.ts';
import type { MappingOptions } from '../../lib/local/event-source/mapping.ts';
import { MappingRegistry } from '../../lib/local/event-source/registry.ts';
import { resolveMapping } from '../../lib/local/event-source/resolve-mapping.ts';
import type { KafkaEvent } from '../../lib/runtime/kafka-event.ts';
import { embeddedFolder, type EmbeddedFolder } from './embedded-folder.ts';
import { ok } from './mapping-bench.ts';

export const valuesOf = (event: KafkaEvent): readonly number[] =>
  Object.values(event.records)
    .flat()
    .map(({ value }) => Number(Buffer.from(value ?? '', 'base64').toString()));

type Handle = (values: readonly number[]) => InvocationResult | Promise<InvocationResult>;

/** An event source, and what it did so far. */
interface ObservedSource {
  readonly source: EventSource;
  /** Values of each invocation. */
  readonly batches: number[][];
  readonly requestIds: string[];
  /** Value and condition of each record that was given up on. */
  readonly gaveUp: string[];
}

/** Event sources on the embedded topic `orders`, whose records hold numbers. */
export class EventSourceBench {
  readonly #state: EmbeddedFolder = embeddedFolder();
  readonly #sources: EventSource[] = [];
  readonly folder = this.#state.folder;
  readonly embedded: Embedded = this.#state.open();
  readonly now = this.#state.clock.now;
  readonly elapse = this.#state.elapse;

  createTopic(name: string, partitions: number, maxRecordBytes = 1_000_000): Promise<void> {
    return this.embedded.log.createTopics([{ name, partitions, retentionMs: 86_400_000, maxRecordBytes }]);
  }

  /** Appends so many numbers, beginning with `from`, under seven keys in turn. */
  async append(count: number, from = 0): Promise<void> {
    const records = Array.from({ length: count }, (_, index): OutputRecord => ({
      topic: 'orders',
      key: bytesOf(`key-${(from + index) % 7}`),
      value: bytesOf(String(from + index)),
      headers: [],
    }));
    await this.embedded.log.produce(records);
  }

  /** An event source that is not started yet. */
  eventSource(
    options: Partial<MappingOptions> = {},
    handle: Handle = () => ok(),
    ports: Partial<EventSourcePorts> = {},
  ): ObservedSource {
    const batches: number[][] = [];
    const requestIds: string[] = [];
    const gaveUp: string[] = [];
    const clock = this.leapingClock();
    const config = resolveMapping(
      { functionName: 'billing', topic: 'orders', group: 'billing', pollers: 2, windowMs: 0, ...options },
      clock.now(),
    );
    const source = new EventSource(config, {
      log: this.embedded.log,
      groups: this.embedded.groups,
      membership: this.embedded.membership,
      clock,
      registry: new MappingRegistry(),
      newId: randomUUID,
      putObject: putIntoFolder,
      gaveUp: async (records, condition) => {
        for (const { value } of records) gaveUp.push(`${textOf(value!)} ${condition}`);
      },
      host: {
        invoke: async (event, { requestId }) => {
          const values = valuesOf(event);
          batches.push([...values]);
          requestIds.push(requestId);
          return handle(values);
        },
      },
      ...ports,
    });
    this.#sources.push(source);
    return { source, batches, requestIds, gaveUp };
  }

  /** How many records the group has committed, over all partitions. */
  async committed(): Promise<number> {
    const offsets = await this.embedded.groups.committed('billing');
    return offsets.reduce((sum, { offset }) => sum + offset, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
    await this.#state.close();
  }

  /** A clock that needs no time: a timer is over at the next turn, and then it is that much later. */
  leapingClock(): Clock {
    let leapt = 0;
    return {
      now: () => epochMsOf(this.now() + leapt),
      timer: (ms) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const turn = setImmediate(() => {
          leapt += ms;
          resolve();
        });
        return { elapsed: promise, cancel: () => clearImmediate(turn) };
      },
    };
  }
}

/** A bench of this test's own; its sources are stopped when the test is over. */
export const openEventSourceBench = async (): Promise<EventSourceBench> => {
  const bench = new EventSourceBench();
  onTestFinished(() => bench.close());
  await bench.createTopic('orders', 2);
  return bench;
};
