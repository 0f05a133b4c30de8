import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaOptions } from '../../../lib/adapters/kafka/cluster-settings.ts';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { TransientError } from '../../../lib/core/errors.ts';
import { seededRandom } from '../../../lib/core/seeded-random.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { KafkaBroker } from '../../services/kafka-broker.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { kindsOf, record, topicSettings, valuesOf } from './values.ts';

/** At random, and no longer than this: about every other request is cut. */
const longestLifeBytes = 2_500;

let proxy: TcpProxy;
let broker: KafkaBroker;
let made = 0;
const opened: Kafka[] = [];

beforeAll(async () => {
  proxy = await TcpProxy.start();
  broker = await KafkaBroker.start({
    listeners: [{ name: 'PROXIED', protocol: 'PLAINTEXT', properties: {}, advertised: proxy.address }],
  });
  proxy.target = Number(broker.addressOf('PROXIED').split(':')[1]);
}, 120_000);
afterEach(() => {
  for (const kafka of opened.splice(0)) kafka.close();
});
afterAll(async () => {
  await proxy.close();
  await broker.remove();
});

const open = (options: Partial<KafkaOptions> = {}): Kafka => {
  const kafka = openKafka({
    bootstrap: [proxy.address],
    clientId: 'faults',
    clock: systemClock,
    ...options,
  });
  opened.push(kafka);
  return kafka;
};

const newTopic = async ({ log }: Kafka): Promise<string> => {
  made += 1;
  const name = `faults.${made}`;
  await log.createTopics([{ name, ...topicSettings }]);
  return name;
};

describe('a broker that is killed and comes back', () => {
  it('loses nothing that was acknowledged, and appends nothing twice', { timeout: 120_000 }, async () => {
    const kafka = open({ timeoutMs: 30_000 });
    const topic = await newTopic(kafka);
    const acked: string[] = [];
    const end = new AbortController();
    const producing = (async () => {
      for (let batch = 0; !end.signal.aborted; batch += 1) {
        const values = Array.from({ length: 20 }, (_, index) => `${batch}:${index}`);
        const results = await kafka.log.produce(values.map((value) => record(topic, 'k', value)));
        expect(kindsOf(results)).toEqual(values.map(() => 'acked'));
        acked.push(...values);
      }
    })();
    for (let kill = 0; kill < 3; kill += 1) {
      const before = acked.length;
      await expect.poll(() => acked.length, { timeout: 30_000 }).toBeGreaterThan(before + 100);
      await broker.kill();
      await broker.restart();
    }
    end.abort();
    await producing;
    expect(await valuesOf(kafka.log, topic)).toEqual(acked);
  });
});

describe('a connection', () => {
  it('that was silent for minutes is replaced before it is used', async () => {
    let skippedMs = 0;
    const clock = { now: () => epochMsOf(systemClock.now() + skippedMs) };
    // A request that nobody answers would take longer than the test may.
    const kafka = open({ clock, requestTimeoutMs: 60_000, timeoutMs: 120_000 });
    const topic = await newTopic(kafka);
    await kafka.log.produce([record(topic, 'k', 'before')]);
    proxy.forget();
    skippedMs = 400_000;
    expect(kindsOf(await kafka.log.produce([record(topic, 'k', 'after')]))).toEqual(['acked']);
    expect(await kafka.log.topicIds([topic])).toEqual([expect.any(String)]);
    expect(await valuesOf(kafka.log, topic)).toEqual(['before', 'after']);
  });

  it('that is dead without anybody’s knowing is found out and replaced', async () => {
    const kafka = open({ requestTimeoutMs: 500 });
    const topic = await newTopic(kafka);
    await kafka.log.produce([record(topic, 'k', 'before')]);
    proxy.forget();
    expect(kindsOf(await kafka.log.produce([record(topic, 'k', 'after')]))).toEqual(['acked']);
    proxy.forget();
    expect(await valuesOf(kafka.log, topic)).toEqual(['before', 'after']);
  });

  it('on which nothing comes is given up as the invocation ends, and replaced in the next', async () => {
    let end = epochMsOf(systemClock.now() + 60_000);
    // Neither the request's own limit nor the client's ends the wait.
    const kafka = open({ requestTimeoutMs: 600_000, timeoutMs: 600_000, deadline: () => end });
    const topic = await newTopic(kafka);
    await kafka.log.produce([record(topic, 'k', 'before')]);
    proxy.forget();
    end = epochMsOf(systemClock.now() + 1_000);
    const results = await kafka.log.produce([record(topic, 'k', 'lost')]);
    expect(results).toMatchObject([{ kind: 'failed', cause: { code: 'LOG_UNAVAILABLE' } }]);
    end = epochMsOf(systemClock.now() + 60_000);
    expect(kindsOf(await kafka.log.produce([record(topic, 'k', 'after')]))).toEqual(['acked']);
    expect(await valuesOf(kafka.log, topic)).toEqual(['before', 'after']);
  });

  it('over which the answer is lost leads to no second append', async () => {
    const kafka = open({ requestTimeoutMs: 500 });
    const topic = await newTopic(kafka);
    for (let index = 0; index < 5; index += 1) {
      await kafka.log.produce([record(topic, 'k', `before ${index}`)]);
      proxy.swallowAnswers();
      const results = await kafka.log.produce([record(topic, 'k', `after ${index}`)]);
      expect(results).toMatchObject([{ kind: 'acked', offset: 2 * index + 1 }]);
    }
    expect(await valuesOf(kafka.log, topic)).toHaveLength(10);
  });

  it('that is cut at any time leads to no failure', async () => {
    const kafka = open();
    const topic = await newTopic(kafka);
    // By what has passed and not by a clock: else a machine that is slow enough would never be done with anything.
    const random = seededRandom(1);
    const before = proxy.accepted;
    proxy.lives = () => 1 + Math.floor(random() * longestLifeBytes);
    proxy.cut();
    try {
      for (let index = 0; index < 40; index += 1) {
        expect(kindsOf(await kafka.log.produce([record(topic, 'k', `${index}`)]))).toEqual(['acked']);
        expect((await kafka.log.offsets(topic))[0]?.end).toBe(index + 1);
        await kafka.groups.commit('cut', [{ topic, partition: 0, offset: index }]);
        expect(await kafka.groups.committed('cut')).toMatchObject([{ offset: index }]);
      }
    } finally {
      proxy.lives = undefined;
      proxy.cut();
    }
    expect(proxy.accepted - before).toBeGreaterThan(50);
    expect(await valuesOf(kafka.log, topic)).toEqual(Array.from({ length: 40 }, (_, index) => `${index}`));
  });
});

describe('a cluster that does not answer', () => {
  it('is told of in time, by what was asked and where', async () => {
    const kafka = openKafka({
      bootstrap: ['127.0.0.1:1'],
      clientId: 'x',
      clock: systemClock,
      timeoutMs: 300,
    });
    opened.push(kafka);
    await expect(kafka.log.topicIds(['orders'])).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringMatching(
        /127\.0\.0\.1:1 .*ECONNREFUSED.*expected the ids of the topics orders\. Fix: /,
      ),
    });
    await expect(kafka.groups.committed('g')).rejects.toBeInstanceOf(TransientError);
    const [failed] = await kafka.log.produce([record('orders', 'k', 'v')]);
    expect(failed?.kind === 'failed' && failed.cause).toBeInstanceOf(TransientError);
  });

  it('and one that is closed, too', async () => {
    const kafka = open();
    const topic = await newTopic(kafka);
    kafka.close();
    kafka.close();
    await expect(kafka.log.offsets(topic)).rejects.toThrow(/a client that is closed/);
    expect(kindsOf(await kafka.log.produce([record(topic, 'k', 'v')]))).toEqual(['failed']);
  });

  it.each([[[]], [['broker']], [['broker:9092', ':']]])(
    'an address that is none is refused: %j',
    (bootstrap) => {
      expect(() => openKafka({ bootstrap, clientId: 'x', clock: systemClock })).toThrow(/bootstrap servers/);
    },
  );
});
