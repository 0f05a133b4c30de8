import { Producer } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { statusOf, type StageStatus } from '../../../lib/ops/status/stage-status.ts';
import { KafkaBroker } from '../../services/kafka-broker.ts';
import { kafkaTool } from '../../services/kafka-tool.ts';
import { openOpsBench } from '../../support/ops-bench.ts';
import { ordersStages } from '../../support/orders-stages.ts';
import { kindsOf, record, topicSettings, valuesOf } from './values.ts';

let broker: KafkaBroker;
let kafka: Kafka;

beforeAll(async () => {
  broker = await KafkaBroker.start({
    properties: { 'log.cleaner.backoff.ms': '50', 'log.segment.delete.delay.ms': '50' },
  });
  kafka = openKafka({ bootstrap: [broker.bootstrap], clientId: 'foreign', clock: systemClock });
}, 120_000);
afterAll(async () => {
  kafka.close();
  await broker.remove();
});

const createWith = (topic: string, ...configs: readonly string[]): Promise<string> =>
  kafkaTool('TopicCommand', [
    '--bootstrap-server',
    broker.bootstrap,
    '--create',
    '--topic',
    topic,
    ...configs.flatMap((config) => ['--config', config]),
  ]);

describe('a topic that others made', () => {
  it('is described as it is', async () => {
    const configs = ['retention.ms=-1', 'segment.ms=54321', 'cleanup.policy=compact,delete'];
    await createWith('described', ...configs, 'max.message.bytes=4242');
    expect(await kafka.log.describe('described')).toEqual({
      name: 'described',
      id: (await kafka.log.topicIds(['described']))[0],
      partitions: 1,
      retentionMs: Infinity,
      maxRecordBytes: 4242,
      segmentMs: 54321,
      cleanupPolicy: 'compact,delete',
      timestampType: 'CREATE_TIME',
    });
    const ours = { name: 'ours', ...topicSettings, retentionMs: Infinity, segmentMs: 98_765 };
    await kafka.log.createTopics([ours]);
    expect(await kafka.log.describe('ours')).toMatchObject({
      ...ours,
      timestampType: 'LOG_APPEND_TIME',
    });
    const listed = (await kafka.log.listTopics()).map(({ name }) => name);
    expect(listed).toEqual(expect.arrayContaining(['described', 'ours']));
    expect(listed.filter((name) => name.startsWith('__'))).toEqual([]);
  });

  it('is stamped by its producers, which is told of each record', async () => {
    await createWith('create-time');
    let now = Date.parse('2026-01-01T00:00:00Z');
    const ours = openKafka({
      bootstrap: [broker.bootstrap],
      clientId: 'ours',
      clock: { now: () => epochMsOf(now) },
    });
    const stamps = [0, 5_000].map((ms) => now + ms);
    for (const stamp of stamps) {
      now = stamp;
      expect(await ours.log.produce([record('create-time', 'k', 'v')])).toMatchObject([{ timestamp: stamp }]);
    }
    ours.close();
    const read = await kafka.log.read({
      topic: 'create-time',
      partition: 0,
      from: 0,
      maxRecords: 9,
      maxBytes: 9_999,
    });
    expect(read.map(({ timestamp, timestampType }) => [timestamp, timestampType])).toEqual(
      stamps.map((stamp) => [stamp, 'CREATE_TIME']),
    );
    expect(await kafka.log.offsetsAt('create-time', epochMsOf(stamps[1] ?? 0))).toEqual([
      { partition: 0, offset: 1 },
    ]);
  });
});

describe('a read', () => {
  it('goes over what compaction left', async () => {
    await createWith(
      'compacted',
      'cleanup.policy=compact',
      'min.cleanable.dirty.ratio=0.01',
      'segment.ms=200',
      'max.compaction.lag.ms=300',
      'delete.retention.ms=0',
    );
    // One batch each, so that whole batches go too.
    for (let index = 0; index < 30; index += 1)
      await kafka.log.produce([record('compacted', index < 20 ? 'same' : `key-${index}`, `${index}`)]);
    const remaining = ['19', ...Array.from({ length: 10 }, (_, index) => `${20 + index}`)];
    let more = 0;
    await expect
      .poll(
        async () => {
          // Only segments that are closed are compacted, and only an append closes one.
          more += 1;
          await kafka.log.produce([record('compacted', `more-${more}`, 'more')]);
          return (await valuesOf(kafka.log, 'compacted')).filter((value) => value !== 'more');
        },
        { timeout: 30_000, interval: 250 },
      )
      .toEqual(remaining);
    const [first] = await kafka.log.read({
      topic: 'compacted',
      partition: 0,
      from: 3,
      maxRecords: 1,
      maxBytes: 1,
    });
    expect(first?.offset).toBe(19);
  });

  it('goes over the marks of transactions, and knows that nothing follows the last', async () => {
    await kafka.log.createTopics([{ name: 'transactional', ...topicSettings }]);
    const producer = new Producer({
      clientId: 'transactional',
      bootstrapBrokers: [broker.bootstrap],
      transactionalId: 'one',
      idempotent: true,
      producerId: -1n,
      producerEpoch: -1,
      retryDelay: 50,
    });
    for (const values of [['a', 'b'], ['c']]) {
      const transaction = await producer.beginTransaction({});
      await transaction.send({
        messages: values.map((value) => ({
          topic: 'transactional',
          key: Buffer.from('k'),
          value: Buffer.from(value),
        })),
      });
      await transaction.commit();
    }
    await producer.close();
    await expect
      .poll(() => kafka.log.offsets('transactional'))
      .toEqual([{ partition: 0, earliest: 0, end: 5 }]);
    const read = async (from: number, maxRecords = 9): Promise<readonly number[]> =>
      (await kafka.log.read({ topic: 'transactional', partition: 0, from, maxRecords, maxBytes: 9_999 })).map(
        ({ offset }) => offset,
      );
    expect(await read(0)).toEqual([0, 1, 3]);
    expect(await read(2)).toEqual([3]);
    expect(await read(2, 1)).toEqual([3]);
    expect(await read(4)).toEqual([]);

    // So nobody is behind who committed all records.
    const bench = await openOpsBench(ordersStages);
    const { contract } = bench.deployment;
    const observed = {
      ...bench.deployment,
      clock: systemClock,
      contract: { ...contract, source: { ...contract.source, name: 'transactional' } },
      log: kafka.log,
      groups: kafka.groups,
    };
    const features = async (): Promise<StageStatus | undefined> =>
      (await statusOf(observed)).stages.find(({ stage }) => stage === 'features');
    const group = (await features())?.group ?? '';
    const commit = (offset: number): Promise<void> =>
      kafka.groups.commit(group, [{ topic: 'transactional', partition: 0, offset }]);
    await commit(3);
    expect(await features()).toMatchObject({ topic: 'transactional', lag: 2 });
    await commit(4);
    expect(await features()).toMatchObject({ state: 'OK', lag: 0, firstUncommittedMs: 0 });
  });

  it('answers a record however large, and begins inside of a batch', async () => {
    await kafka.log.createTopics([{ name: 'large', ...topicSettings, maxRecordBytes: 3_000_000 }]);
    const large = 'x'.repeat(2_500_000);
    await kafka.log.produce([record('large', 'k', large)]);
    await kafka.log.produce(['a', 'b', 'c'].map((value) => record('large', 'k', value)));
    const range = { topic: 'large', partition: 0, maxRecords: 1, maxBytes: 1 };
    expect((await kafka.log.read({ ...range, from: 0 }))[0]?.value?.length).toBe(2_500_000);
    expect((await kafka.log.read({ ...range, from: 2 })).map(({ offset }) => offset)).toEqual([2]);
  });

  it('is one of many at once', async () => {
    await kafka.log.createTopics([{ name: 'many', ...topicSettings, partitions: 12 }]);
    const values = Array.from({ length: 600 }, (_, index) => `${index}`);
    expect(
      new Set(kindsOf(await kafka.log.produce(values.map((value) => record('many', value, value))))),
    ).toEqual(new Set(['acked']));
    const read = await Promise.all(
      Array.from({ length: 12 }, (_, partition) => valuesOf(kafka.log, 'many', partition)),
    );
    expect(read.flat().toSorted()).toEqual(values.toSorted());
  });
});

describe('an append', () => {
  it('is read by Kafka’s own consumer, and Kafka’s own producer’s by us', async () => {
    await kafka.log.createTopics([{ name: 'shared', ...topicSettings }]);
    const address = ['--bootstrap-server', broker.bootstrap, '--topic', 'shared'];
    await kafka.log.produce([
      { ...record('shared', 'k', 'ours'), headers: [{ name: 'h', value: Buffer.from('é') }] },
    ]);
    await kafkaTool(
      'ConsoleProducer',
      [...address, '--reader-property', 'parse.key=true'],
      'their key\ttheirs\n',
    );
    expect(await valuesOf(kafka.log, 'shared')).toEqual(['ours', 'theirs']);
    const printed = await kafkaTool('ConsoleConsumer', [
      ...address,
      ...'--from-beginning --max-messages 2'.split(' '),
      ...'--formatter-property print.key=true --formatter-property print.headers=true'.split(' '),
    ]);
    expect(printed).toBe('h:é\tk\tours\nNO_HEADERS\ttheir key\ttheirs\n');
  });

  it('of compressed batches by others is read', async () => {
    await kafka.log.createTopics([{ name: 'compressed', ...topicSettings }]);
    const algorithms = ['gzip', 'snappy', 'lz4', 'zstd'];
    for (const algorithm of algorithms)
      await kafkaTool(
        'ConsoleProducer',
        ['--bootstrap-server', broker.bootstrap, '--topic', 'compressed', '--compression-codec', algorithm],
        `${algorithm.repeat(50)}\n`,
      );
    expect(await valuesOf(kafka.log, 'compressed')).toEqual(
      algorithms.map((algorithm) => algorithm.repeat(50)),
    );
  });

  it('of a record that its topic does not take without a key fails alone', async () => {
    await createWith('keyed', 'cleanup.policy=compact');
    const results = await kafka.log.produce([
      record('keyed', 'a', '1'),
      record('keyed', null, '2'),
      record('keyed', 'b', '3'),
    ]);
    expect(kindsOf(results)).toEqual(['acked', 'failed', 'acked']);
    expect(await valuesOf(kafka.log, 'keyed')).toEqual(['1', '3']);
  });

  it('after the topic’s limit was lowered is decided by the broker', async () => {
    await kafka.log.createTopics([{ name: 'lowered', ...topicSettings }]);
    await kafka.log.produce([record('lowered', 'k', 'x'.repeat(5_000))]);
    const alter = '--alter --entity-type topics --entity-name lowered --add-config max.message.bytes=2000';
    await kafkaTool('ConfigCommand', ['--bootstrap-server', broker.bootstrap, ...alter.split(' ')]);
    const sizes = [900, 900, 900, 5_000, 10];
    const results = await kafka.log.produce(sizes.map((size) => record('lowered', 'k', 'y'.repeat(size))));
    expect(kindsOf(results)).toEqual(['acked', 'acked', 'acked', 'too-large', 'acked']);
    const again = await kafka.log.produce([record('lowered', 'k', 'z'.repeat(5_000))]);
    expect(again).toMatchObject([{ kind: 'too-large', limitBytes: 2_000 }]);
  });
});
