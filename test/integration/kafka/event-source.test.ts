import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { EventSource } from '../../../lib/local/event-source/driver.ts';
import { MappingRegistry } from '../../../lib/local/event-source/registry.ts';
import { resolveMapping } from '../../../lib/local/event-source/resolve-mapping.ts';
import type { KafkaEventRecord } from '../../../lib/runtime/kafka-event.ts';
import { KafkaBroker } from '../../services/kafka-broker.ts';
import { record, topicSettings } from './values.ts';

let broker: KafkaBroker;
let kafka: Kafka;
let made = 0;
let topic = '';
const opened: Kafka[] = [];
const sources: EventSource[] = [];

const open = (): Kafka => {
  const one = openKafka({
    bootstrap: [broker.bootstrap],
    clientId: 'event-source',
    clock: systemClock,
    session: { sessionTimeoutMs: 2_000, rebalanceTimeoutMs: 5_000, heartbeatMs: 50 },
  });
  opened.push(one);
  return one;
};

beforeAll(async () => {
  broker = await KafkaBroker.start();
}, 120_000);
beforeEach(async () => {
  kafka = open();
  made += 1;
  topic = `event-source.${made}`;
  await kafka.log.createTopics([{ name: topic, ...topicSettings, partitions: 4 }]);
});
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
  for (const one of opened.splice(0)) one.close();
});
afterAll(() => broker.remove());

/** What handlers were given, in the order in which they answered. */
class Handled {
  readonly records: KafkaEventRecord[] = [];

  async take(records: readonly KafkaEventRecord[]): Promise<void> {
    await delay(5);
    this.records.push(...records);
  }

  get offsets(): ReadonlySet<string> {
    return new Set(this.records.map(({ partition, offset }) => `${partition}:${offset}`));
  }

  /** By partition, the offsets as they came for the first time: they must be in order. */
  get firsts(): readonly (readonly number[])[] {
    const byPartition = Map.groupBy(this.records, ({ partition }) => partition);
    return [...byPartition.values()].map((ofPartition) => [
      ...new Set(ofPartition.map(({ offset }) => offset)),
    ]);
  }
}

const run = async (handled: Handled, { log, groups, membership }: Kafka): Promise<EventSource> => {
  const mapping = {
    functionName: 'f',
    topic,
    group: `group.${topic}`,
    pollers: 2,
    windowMs: 0,
    batchSize: 10,
  };
  const source = new EventSource(resolveMapping(mapping, systemClock.now()), {
    log,
    groups,
    membership,
    clock: systemClock,
    registry: new MappingRegistry(),
    newId: randomUUID,
    putObject: async () => {},
    gaveUp: async () => {},
    host: {
      invoke: async ({ records }) => {
        await handled.take(Object.values(records).flat());
        return { kind: 'returned', response: null };
      },
    },
  });
  sources.push(source);
  await source.start();
  return source;
};

const append = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index += 25) {
    const records = Array.from({ length: 25 }, (_, at) => record(topic, `key-${at}`, `${index + at}`));
    for (const result of await kafka.log.produce(records)) expect(result.kind).toBe('acked');
  }
};

const expectAll = async (handled: Handled): Promise<void> => {
  const kept = await kafka.log.offsets(topic);
  const all = kept.flatMap(({ partition, end }) =>
    Array.from({ length: end }, (_, offset) => `${partition}:${offset}`),
  );
  expect(handled.offsets).toEqual(new Set(all));
  for (const offsets of handled.firsts)
    expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
  const committed = await kafka.groups.committed(`group.${topic}`);
  expect(committed.map(({ partition, offset }) => ({ partition, offset }))).toEqual(
    kept.map(({ partition, end }) => ({ partition, offset: end })),
  );
};

it('everything in the topic is handled once, in the order of its partitions, and committed', async () => {
  const handled = new Handled();
  await append(500);
  const source = await run(handled, open());
  await append(500);
  await source.drained();
  await expectAll(handled);
  expect(handled.records).toHaveLength(1_000);
  expect(handled.records[0]).toMatchObject({ topic, timestampType: 'LOG_APPEND_TIME' });
});

it('nothing is lost when another joins the group and leaves it in the middle of batches', async () => {
  const handled = new Handled();
  const staying = await run(handled, open());
  const appending = append(1_500);
  for (let round = 0; round < 3; round += 1) {
    const before = handled.records.length;
    const joining = await run(handled, open());
    await expect.poll(() => joining.counters.CommittedEventCount, { timeout: 20_000 }).toBeGreaterThan(0);
    await joining.stop();
    expect(handled.records.length).toBeGreaterThan(before);
  }
  await appending;
  await staying.drained();
  await expectAll(handled);
});

it('nothing is lost when one vanishes without leaving', async () => {
  const handled = new Handled();
  const staying = await run(handled, open());
  const appending = append(1_000);
  const vanishing = open();
  const source = await run(handled, vanishing);
  await expect.poll(() => source.counters.CommittedEventCount, { timeout: 20_000 }).toBeGreaterThan(0);
  vanishing.close();
  sources.splice(sources.indexOf(source), 1);
  await appending;
  await expect.poll(() => staying.drained().then(() => 'drained'), { timeout: 20_000 }).toBe('drained');
  await expectAll(handled);
});

it('nothing is lost when the broker is killed in the middle of batches', { timeout: 120_000 }, async () => {
  const handled = new Handled();
  const source = await run(handled, open());
  const appending = append(1_000);
  for (let kill = 0; kill < 2; kill += 1) {
    const before = handled.records.length;
    await expect.poll(() => handled.records.length, { timeout: 20_000 }).toBeGreaterThan(before + 50);
    await broker.kill();
    await broker.restart();
  }
  await appending;
  await source.drained();
  await expectAll(handled);
});
