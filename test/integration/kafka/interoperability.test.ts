import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startFreshetWith, until, type FreshetProcess } from '../../support/freshet-process.ts';
import { kafkaTool, startKafkaTool } from '../../services/kafka-tool.ts';
import { valuesOf } from './values.ts';

// Events in plain JSON: what any producer sends, without a header of ours.
const topic = 'orders-v2';
const decisionTopic = 'dev.orders.orders.decision';
const stages = ['features', 'inference', 'action'].map((stage) => `dev.orders.${stage}`);
const SOON = { timeout: 60_000, interval: 100 };

let kafka: Kafka;
beforeAll(() => {
  kafka = openKafka({ bootstrap: [inject('kafka')], clientId: 'interoperability', clock: systemClock });
});
afterAll(() => kafka.close());

const tool = (name: Parameters<typeof kafkaTool>[0], args: string, input?: string): Promise<string> =>
  kafkaTool(name, ['--bootstrap-server', inject('kafka'), ...args.split(' ')], input);

const orders = (): FreshetProcess => {
  const where = [
    '--bootstrap',
    inject('kafka'),
    '--dynamodb',
    inject('dynamodb'),
    '--state',
    temporaryFolder(),
  ];
  return startFreshetWith({
    args: ['dev', '--functions', 'test/fixtures/orders', '--fast', ...where],
    ownGroup: true,
  });
};

const order = (id: string, quantity: number): string =>
  JSON.stringify({
    eventId: id,
    kind: 'placed',
    customer: 'zoe',
    order: `order-${id}`,
    at: '2026-01-06T08:00:00Z',
    lines: [{ sku: 'lamp', quantity, unitCents: 500 }],
  });

/** All values of a topic. */
const valuesIn = async (name: string): Promise<readonly string[]> => {
  const ranges = await kafka.log.offsets(name);
  return (await Promise.all(ranges.map(({ partition }) => valuesOf(kafka.log, name, partition)))).flat();
};

const isConsumed = async (group: string): Promise<boolean> => {
  const committed = await kafka.groups.committed(group);
  const topics = [...new Set(committed.map((entry) => entry.topic))];
  const ranges = await Promise.all(
    topics.map(async (name) => (await kafka.log.offsets(name)).map((range) => ({ name, ...range }))),
  );
  return ranges
    .flat()
    .every(
      ({ name, partition, end }) =>
        end === 0 ||
        committed.some(
          (entry) => entry.topic === name && entry.partition === partition && entry.offset === end,
        ),
    );
};

it(
  'events of Kafka’s own producers go through the pipeline, its outputs are read by Kafka’s own consumer, and its groups are reset by Kafka’s own tool',
  { timeout: 240_000 },
  async () => {
    const pipeline = orders();
    // It builds, starts and plays beside the faults: on a slow machine that is most of a minute.
    await until(
      'freshet dev to play its recording',
      () => pipeline.written.out.includes('balanced'),
      () => `It wrote: ${pipeline.written.out}${pipeline.written.err}`,
      120,
    );

    // Console producer: keyed lines, and nothing else.
    const lines = ['a', 'b', 'c'].map((id) => `zoe|${order(`console-${id}`, 40)}`).join('\n');
    const keyed = '--reader-property parse.key=true --reader-property key.separator=|';
    await tool('ConsoleProducer', `--topic ${topic} ${keyed}`, `${lines}\n`);
    // Verifiable producer: bare numbers, which are no orders, and which it says were acknowledged.
    const said = await tool('VerifiableProducer', `--topic ${topic} --max-messages 25`);
    const acked = said.split('\n').filter((line) => line.includes('producer_send_success'));
    expect(acked).toHaveLength(25);

    await expect
      .poll(async () => (await valuesIn(decisionTopic)).filter((value) => value.includes('console-')), SOON)
      .toHaveLength(3);
    await expect.poll(() => valuesIn(`${topic}.dlq`).then((values) => values.length), SOON).toBe(25);
    expect((await valuesIn(`${topic}.dlq`)).map(Number).toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 25 }, (_, index) => index),
    );

    // Console consumer: what the pipeline wrote, byte for byte.
    const decisions = await valuesIn(decisionTopic);
    const consumer = startKafkaTool('ConsoleConsumer', [
      '--bootstrap-server',
      inject('kafka'),
      ...`--topic ${decisionTopic} --from-beginning --max-messages ${decisions.length} --timeout-ms 30000`.split(
        ' ',
      ),
    ]);
    expect(await consumer.exited).toBe(0);
    expect(consumer.stdout.trimEnd().split('\n').toSorted()).toEqual(decisions.toSorted());

    // The group tool: what the emulator committed, as it is; a reset is refused while it runs.
    for (const group of stages) {
      await expect.poll(() => isConsumed(group), SOON).toBe(true);
      const described = await tool('ConsumerGroupCommand', `--group ${group} --describe --offsets`);
      for (const { partition, offset } of await kafka.groups.committed(group))
        expect(described).toMatch(
          new RegExp(`${group}\\s+\\S+\\s+${partition}\\s+${offset}\\s+${offset}\\s+0\\s`),
        );
    }
    const reset = `--group dev.orders.features --reset-offsets --topic ${topic} --execute`;
    const before = await kafka.groups.committed('dev.orders.features');
    expect(await tool('ConsumerGroupCommand', `${reset} --to-earliest`)).toContain(
      'the current state is Stable',
    );
    expect(await kafka.groups.committed('dev.orders.features')).toEqual(before);

    process.kill(-(pipeline.child.pid ?? 0), 'SIGINT');
    await pipeline.ended;
    await tool('ConsumerGroupCommand', `${reset} --to-earliest`);
    const rewound = await kafka.groups.committed('dev.orders.features');
    expect(new Set(rewound.map(({ offset }) => offset))).toEqual(new Set([0]));
    // And the other way round: what we set, the tool sees.
    await kafka.groups.commit('dev.orders.features', before);
    const described = await tool('ConsumerGroupCommand', '--group dev.orders.features --describe --offsets');
    for (const { partition, offset } of before)
      expect(described).toMatch(new RegExp(`${topic}\\s+${partition}\\s+${offset}\\s+${offset}\\s+0\\s`));
  },
);
