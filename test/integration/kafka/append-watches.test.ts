import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { record, topicSettings } from './values.ts';

const open = (): Kafka =>
  openKafka({ bootstrap: [inject('kafka')], clientId: 'append-watches', clock: systemClock });

let kafka: Kafka;
let made = 0;
let topic = '';
beforeAll(() => {
  kafka = open();
});
afterAll(() => kafka.close());
beforeEach(async () => {
  made += 1;
  topic = `append-watches.${made}`;
  await kafka.log.createTopics([{ name: topic, ...topicSettings, partitions: 3 }]);
});

/** A watch of the whole topic from its ends on. */
const watched = async (
  of: Kafka = kafka,
): Promise<{ told: () => number; over: Promise<void> | undefined; ending: AbortController }> => {
  let told = 0;
  const ending = new AbortController();
  const ends = await of.log.offsets(topic);
  const over = of.log.watch?.({
    topic,
    from: ends.map(({ partition, end }) => ({ partition, offset: end })),
    signal: ending.signal,
    onAppend: () => (told += 1),
  });
  return { told: () => told, over, ending };
};

it('tells of the first record, once, whatever else was there, and is over', async () => {
  await kafka.log.produce([record(topic, 'before', '1')]);
  const { told, over } = await watched();
  expect(told()).toBe(0);
  await kafka.log.produce([record(topic, 'a', '1'), record(topic, 'b', '2'), record(topic, 'c', '3')]);
  await over;
  expect(told()).toBe(1);
});

it('waits longer than a broker keeps a request', async () => {
  const { told, over } = await watched();
  let isOver = false;
  void over?.then(() => (isOver = true));
  const later = Date.now() + 4_500;
  await expect.poll(() => Date.now() >= later, { timeout: 10_000 }).toBe(true);
  expect([told(), isOver]).toEqual([0, false]);
  await kafka.log.produce([record(topic, 'a', '1')]);
  await over;
  expect(told()).toBe(1);
});

it('tells of a record that came between the look and the watch', async () => {
  const ends = await kafka.log.offsets(topic);
  await kafka.log.produce([record(topic, 'a', '1')]);
  let told = 0;
  await kafka.log.watch?.({
    topic,
    from: ends.map(({ partition, end }) => ({ partition, offset: end })),
    signal: new AbortController().signal,
    onAppend: () => (told += 1),
  });
  expect(told).toBe(1);
});

it('says nothing more once nobody waits', async () => {
  const { told, over, ending } = await watched();
  ending.abort();
  await over;
  await kafka.log.produce([record(topic, 'a', '1')]);
  expect(told()).toBe(0);
});

it.each([
  ['a topic that is not there', () => `${topic}.none`, 0],
  ['an offset that the log does not have', () => topic, 1_000],
])('does not wait for %s', async (_, name, offset) => {
  let told = 0;
  await kafka.log.watch?.({
    topic: name(),
    from: [{ partition: 0, offset }],
    signal: new AbortController().signal,
    onAppend: () => (told += 1),
  });
  expect(told).toBe(0);
});

it('is over when its client is closed, and begins no more', async () => {
  const other = open();
  const { over, told } = await watched(other);
  other.close();
  await over;
  await other.log.watch?.({
    topic,
    from: [{ partition: 0, offset: 0 }],
    signal: new AbortController().signal,
    onAppend: () => {},
  });
  expect(told()).toBe(0);
});
