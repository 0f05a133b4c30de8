import { setTimeout as pause } from 'node:timers/promises';
import type { TopicDescription } from '../../lib/core/ports/event-log.ts';
import { kafkaTool } from '../services/kafka-tool.ts';
import type { SentEvent } from '../support/evidence.ts';
import type { Finding } from '../support/evidence-checker.ts';
import { noVariant, type Fault } from './fault.ts';
import type { Stream } from './stream.ts';
import { until } from './waiting.ts';

const described = async ({ kafka }: Stream, topic: string): Promise<TopicDescription> => {
  const found = await kafka.log.describe(topic);
  if (found === undefined) throw new Error(`there is no topic ${topic}`);
  return found;
};

/** Nothing may be committed past a record whose dead letter cannot be written. */
const committedPast = async (stream: Stream, broken: readonly SentEvent[]): Promise<readonly Finding[]> => {
  const { logged, commits, letters } = await stream.evidence();
  const past = logged.filter(
    ({ id, partition, offset }) =>
      broken.some((event) => event.id === id) &&
      !letters.some(({ event }) => event === id) &&
      commits.some(
        (commit) =>
          commit.stage === 'features' && commit.partition === partition && commit.committed > offset,
      ),
  );
  return past.length === 0
    ? []
    : [{ kind: 'lost', what: 'committed past without a dead letter', ids: past.map(({ id }) => id) }];
};

const untilTried = (stream: Stream, broken: readonly SentEvent[]): Promise<void> =>
  until('the stage to come to what is broken', async () => {
    const { logged, commits } = await stream.evidence();
    const at = logged.find(({ id }) => id === broken[0]?.id);
    return commits.some(
      ({ stage, partition, committed }) =>
        stage === 'features' && partition === at?.partition && committed === at.offset,
    );
  });

/** So long at least a stage that cannot write a letter is watched. */
const watchedMs = 3_000;

const deadLettersMissing: Fault = {
  name: 'dead-letters-missing',
  needsOwnServices: false,
  variantOf: noVariant,
  play: async (stream) => {
    const { log } = stream.kafka;
    const { deadLetters } = stream.namesOf('features');
    await stream.start(stream.folder());
    await stream.producer.send(20, 500);
    await stream.settled();
    const topic = await described(stream, deadLetters);
    await log.deleteTopic(deadLetters);
    const broken = await stream.producer.sendOnce(['not-in-the-schema']);
    const sending = stream.producer.send(30, 1_000 + stream.chance(0, 1_000));
    await untilTried(stream, broken);
    await sending;
    await pause(watchedMs);
    const found = await committedPast(stream, broken);
    await log.createTopics([topic]);
    await stream.settled();
    return found;
  },
};

const limitTo = async ({ services }: Stream, topic: string, bytes: number): Promise<void> => {
  const where = ['--bootstrap-server', services.broker.bootstrap, '--entity-type', 'topics'];
  const what = ['--entity-name', topic, '--alter', '--add-config', `max.message.bytes=${bytes}`];
  await kafkaTool('ConfigCommand', [...where, ...what]);
};

const deadLettersTooSmall: Fault = {
  name: 'dead-letters-too-small',
  needsOwnServices: false,
  variantOf: noVariant,
  play: async (stream, seed) => {
    const { deadLetters } = stream.namesOf('features');
    await stream.start(stream.folder());
    await stream.producer.send(20, 500);
    await stream.settled();
    const { maxRecordBytes } = await described(stream, deadLetters);
    // Too small for the record, or even for what a letter says without it.
    const bytes = seed % 2 === 0 ? 200 : 2_000;
    await limitTo(stream, deadLetters, bytes);
    const broken = await stream.producer.sendOnce(['large-and-not-in-the-schema']);
    const sending = stream.producer.send(30, 1_000 + stream.chance(0, 1_000));
    if (seed % 2 === 0) await untilTried(stream, broken);
    await sending;
    await pause(watchedMs);
    const found = await committedPast(stream, broken);
    await limitTo(stream, deadLetters, maxRecordBytes);
    await stream.settled();
    return found;
  },
};

const topicRecreated: Fault = {
  name: 'topic-recreated',
  needsOwnServices: false,
  variantOf: noVariant,
  play: async (stream) => {
    const { log } = stream.kafka;
    const { source } = stream.namesOf('features');
    const emulator = await stream.start(stream.folder());
    await stream.producer.send(20 + stream.chance(0, 20), 800);
    await stream.settled();
    const before = await stream.evidence();
    const topic = await described(stream, source);
    await log.deleteTopic(source);
    await log.createTopics([topic]);
    // A broker may still refuse what it has just heard of.
    await until('the new topic to take an event', async () =>
      (await stream.producer.sendOnce(['none'])).every(({ isAcked }) => isAcked),
    );
    await stream.producer.send(20, 500);
    await until('it to say so', () => emulator.output.includes('it was recreated or migrated'));
    await pause(watchedMs);
    const after = await stream.evidence();
    const known = new Set(before.logged.map(({ id }) => id));
    const taken = after.decisions.filter(({ event }) => !known.has(event)).map(({ event }) => event);
    const committed = after.commits.filter(
      ({ stage, committed: offset }) => stage === 'features' && offset > 0,
    );
    stream.judge(before);
    return [
      ...(taken.length === 0
        ? []
        : [{ kind: 'phantom' as const, what: 'decided under the fence of another topic', ids: taken }]),
      ...(committed.length === 0
        ? []
        : [
            {
              kind: 'lost' as const,
              what: 'committed, and nobody has looked at it',
              ids: committed.map(({ partition }) => `features/${partition}`),
            },
          ]),
    ];
  },
};

const partitionsAdded: Fault = {
  name: 'partitions-added',
  needsOwnServices: false,
  variantOf: noVariant,
  play: async (stream) => {
    const { source } = stream.namesOf('features');
    await stream.start(stream.folder());
    await stream.producer.send(20 + stream.chance(0, 20), 800);
    // Keys move to other partitions: what they left behind has to be processed first.
    await stream.settled();
    // With 5 none of the keys would move to the new one.
    const count = 5 + stream.chance(1, 4);
    const alter = ['--alter', '--topic', source, '--partitions', String(count)];
    await kafkaTool('TopicCommand', ['--bootstrap-server', stream.services.broker.bootstrap, ...alter]);
    await until('the producer to know of them', async () => {
      await stream.producer.sendOnce(['none']);
      // The next one of that key may go elsewhere, and Kafka keeps no order between partitions.
      await stream.settled();
      return (await stream.kafka.log.offsets(source)).some(({ partition, end }) => partition >= 4 && end > 0);
    });
    await stream.producer.send(30, 1_000);
    await stream.settled();
    return [];
  },
};

export const topicFaults: readonly Fault[] = [
  deadLettersMissing,
  deadLettersTooSmall,
  topicRecreated,
  partitionsAdded,
];
