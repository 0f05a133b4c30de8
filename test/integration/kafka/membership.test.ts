import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import type { GroupMember } from '../../../lib/core/ports/group-membership.ts';
import { KafkaBroker } from '../../services/kafka-broker.ts';
import { kafkaTool, startKafkaTool } from '../../services/kafka-tool.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { topicSettings } from './values.ts';

let proxy: TcpProxy;
let broker: KafkaBroker;
let proxiedPort = 0;
let made = 0;
let topic = '';
let group = '';
const opened: Kafka[] = [];

const SOON = { timeout: 20_000, interval: 20 };

const open = (bootstrap: string): Kafka => {
  const kafka = openKafka({
    bootstrap: [bootstrap],
    clientId: 'membership',
    clock: systemClock,
    requestTimeoutMs: 500,
    session: { sessionTimeoutMs: 2_000, rebalanceTimeoutMs: 5_000, heartbeatMs: 100 },
  });
  opened.push(kafka);
  return kafka;
};

beforeAll(async () => {
  proxy = await TcpProxy.start();
  broker = await KafkaBroker.start({
    listeners: [{ name: 'PROXIED', protocol: 'PLAINTEXT', properties: {}, advertised: proxy.address }],
  });
  proxiedPort = Number(broker.addressOf('PROXIED').split(':')[1]);
  proxy.target = proxiedPort;
}, 120_000);
beforeEach(async () => {
  made += 1;
  topic = `membership.${made}`;
  group = `membership-${made}`;
  await open(broker.bootstrap).log.createTopics([{ name: topic, ...topicSettings, partitions: 4 }]);
});
afterEach(() => {
  for (const kafka of opened.splice(0)) kafka.close();
});
afterAll(async () => {
  await proxy.close();
  await broker.remove();
});

const join = async ({ membership }: Kafka): Promise<{ member: GroupMember; owned: Set<number> }> => {
  const owned = new Set<number>();
  const member = await membership.join({
    group,
    topic,
    assigned: (partitions) => partitions.forEach((partition) => owned.add(partition)),
    revoked: (partitions) => partitions.forEach((partition) => owned.delete(partition)),
  });
  return { member, owned };
};

it(
  'a member that was cut off loses everything, commits nothing, and comes back',
  { timeout: 60_000 },
  async () => {
    const zombie = await join(open(proxy.address));
    expect(zombie.owned.size).toBe(4);
    // As it is now, it knows of nothing.
    const late = Promise.withResolvers<unknown>();
    proxy.forget();
    proxy.target = 1;
    const other = await join(open(broker.bootstrap));
    await expect.poll(() => other.owned.size, SOON).toBe(4);
    expect(await other.member.commit([{ partition: 0, offset: 10 }])).toBe('committed');
    zombie.member.commit([{ partition: 0, offset: 1 }]).then(late.resolve, late.reject);
    proxy.target = proxiedPort;
    expect(await late.promise).toBe('fenced');
    const kafka = open(broker.bootstrap);
    expect(await kafka.groups.committed(group)).toEqual([{ topic, partition: 0, offset: 10 }]);
    await expect.poll(() => [zombie.owned.size, other.owned.size], SOON).toEqual([2, 2]);
    const [mine = -1] = zombie.owned;
    expect(await zombie.member.commit([{ partition: mine, offset: 11 }])).toBe('committed');
  },
);

it(
  'a member that hears nothing lets go before another can have what it has',
  { timeout: 60_000 },
  async () => {
    const { owned } = await join(open(proxy.address));
    proxy.forget();
    proxy.target = 1;
    await expect.poll(() => owned.size, SOON).toBe(0);
    proxy.target = proxiedPort;
    await expect.poll(() => owned.size, SOON).toBe(4);
  },
);

it('a broker that is killed and comes back has its members again', { timeout: 60_000 }, async () => {
  const kafka = open(broker.bootstrap);
  const { member, owned } = await join(kafka);
  expect(await member.commit([{ partition: 3, offset: 5 }])).toBe('committed');
  await broker.kill();
  await broker.restart();
  await expect
    .poll(() => member.commit([{ partition: 3, offset: 6 }]).catch(() => 'not yet'), SOON)
    .toBe('committed');
  expect(owned.size).toBe(4);
  expect(await kafka.groups.committed(group)).toEqual([{ topic, partition: 3, offset: 6 }]);
});

it('partitions that are added are dealt out', async () => {
  const one = await join(open(broker.bootstrap));
  const other = await join(open(broker.bootstrap));
  await expect.poll(() => [one.owned.size, other.owned.size], SOON).toEqual([2, 2]);
  const alter = `--alter --topic ${topic} --partitions 7`;
  await kafkaTool('TopicCommand', ['--bootstrap-server', broker.bootstrap, ...alter.split(' ')]);
  const all = (): ReadonlySet<number> => one.owned.union(other.owned);
  await expect.poll(all, SOON).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
});

it('the group is one that Kafka’s own tools see, refuse to reset while it is active, and reset when it is not', async () => {
  const tool = (options: string): Promise<string> =>
    kafkaTool('ConsumerGroupCommand', [
      '--bootstrap-server',
      broker.bootstrap,
      '--group',
      group,
      ...options.split(' '),
    ]);
  const kafka = open(broker.bootstrap);
  const { member } = await join(kafka);
  expect(await member.commit([{ partition: 0, offset: 0 }])).toBe('committed');
  expect(await tool('--describe --state')).toMatch(/range\s+Stable\s+1/);
  const reset = `--reset-offsets --topic ${topic} --shift-by 0 --execute`;
  expect(await tool(reset)).toContain('the current state is Stable');
  await member.leave();
  await tool(`--reset-offsets --topic ${topic}:1 --to-latest --execute`);
  expect(await kafka.groups.committed(group)).toEqual([
    { topic, partition: 0, offset: 0 },
    { topic, partition: 1, offset: 0 },
  ]);
});

it('a consumer of another make shares a group with ours', { timeout: 60_000 }, async () => {
  const ours = await join(open(broker.bootstrap));
  const range = '--assignment-strategy org.apache.kafka.clients.consumer.RangeAssignor';
  const options = `--bootstrap-server ${broker.bootstrap} --topic ${topic} --group-id ${group} ${range}`;
  const theirs = startKafkaTool('VerifiableConsumer', options.split(' '));
  await expect.poll(() => ours.owned.size, SOON).toBe(2);
  await expect.poll(() => theirs.stdout, SOON).toContain('partitions_assigned');
  await theirs.end('SIGTERM');
  await expect.poll(() => ours.owned.size, { ...SOON, timeout: 50_000 }).toBe(4);
});
