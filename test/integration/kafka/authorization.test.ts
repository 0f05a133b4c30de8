import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { KafkaConnect } from '../../../lib/adapters/kafka/broker-connection.ts';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { openExamination, type OpenedExamination } from '../../../lib/adapters/kafka/open-examination.ts';
import { judgeStageAccess } from '../../../lib/ops/doctor/judge-rights.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { KafkaBroker } from '../../services/kafka-broker.ts';
import { kafkaTool } from '../../services/kafka-tool.ts';
import { kindsOf, record, topicSettings } from './values.ts';

const plainLogin = 'org.apache.kafka.common.security.plain.PlainLoginModule required';

let broker: KafkaBroker;
let admin: Kafka;
const opened: { readonly close: () => void }[] = [];

const open = (bootstrap: string, connect: KafkaConnect = {}): Kafka => {
  const kafka = openKafka({
    bootstrap: [bootstrap],
    clientId: 'acl',
    clock: systemClock,
    connect,
    timeoutMs: 3_000,
  });
  opened.push(kafka);
  return kafka;
};

const allow = (...args: readonly string[]): Promise<string> =>
  kafkaTool('AclCommand', [
    '--bootstrap-server',
    broker.bootstrap,
    '--add',
    '--allow-principal',
    'User:writer',
    ...args,
  ]);

beforeAll(async () => {
  broker = await KafkaBroker.start({
    listeners: [
      {
        name: 'PLAIN',
        protocol: 'SASL_PLAINTEXT',
        properties: {
          'sasl.enabled.mechanisms': 'PLAIN',
          'plain.sasl.jaas.config': `${plainLogin} user_writer="right";`,
        },
      },
    ],
    properties: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    },
  });
  admin = open(broker.bootstrap);
  for (const name of ['open', 'closed']) await admin.log.createTopics([{ name, ...topicSettings }]);
  await allow('--operation', 'Write', '--operation', 'Describe', '--topic', 'open');
}, 120_000);
afterEach(() => {
  for (const kafka of opened.splice(1)) kafka.close();
});
afterAll(async () => {
  admin.close();
  await broker.remove();
});

const writer = (password: () => string): Kafka =>
  open(broker.addressOf('PLAIN'), { sasl: { mechanism: 'PLAIN', username: 'writer', password } });

it('needs no more than to write and to describe, and learns a limit that it may not read from the broker', async () => {
  const { log } = writer(() => 'right');
  const sizes = [10, 2_000_000, 10];
  const results = await log.produce(sizes.map((size) => record('open', 'k', 'x'.repeat(size))));
  expect(kindsOf(results)).toEqual(['acked', 'too-large', 'acked']);
  expect(await log.topicIds(['open'])).toEqual(await admin.log.topicIds(['open']));
});

it('says of what is not allowed which right is missing, and lets the rest go through', async () => {
  const { log, groups } = writer(() => 'right');
  const results = await log.produce([record('closed', 'k', 'v'), record('open', 'k', 'v')]);
  expect(kindsOf(results)).toEqual(['failed', 'acked']);
  const [failed] = results;
  expect(failed?.kind === 'failed' && String(failed.cause)).toMatch(
    /got TOPIC_AUTHORIZATION_FAILED for topic closed; .* Fix: grant the right to describe/,
  );
  await expect(log.offsets('closed')).rejects.toThrow(/TOPIC_AUTHORIZATION_FAILED/);
  await expect(groups.committed('g')).rejects.toThrow(/GROUP_AUTHORIZATION_FAILED .* Fix: grant/);
});

it('fails at once with credentials that the broker does not accept', async () => {
  let asked = 0;
  const { log } = writer(() => {
    asked += 1;
    return 'wrong';
  });
  await expect(log.topicIds(['open'])).rejects.toThrow(
    /did not accept the credentials .* Fix: see that the credentials are right/,
  );
  expect(asked).toBe(1);
});

/** What the writer is told who looks before anything is written. */
const examined = (): OpenedExamination => {
  const examination = openExamination({
    bootstrap: [broker.addressOf('PLAIN')],
    clientId: 'acl',
    clock: systemClock,
    connect: { sasl: { mechanism: 'PLAIN', username: 'writer', password: 'right' } },
  });
  opened.push(examination);
  return examination;
};

it('tells whoever asks which rights they have, and which they have not, without any right on the cluster', async () => {
  const { examination } = examined();
  const answers = await Promise.all(['open', 'closed'].map((name) => examination.topic(name)));
  expect(answers).toMatchObject([
    {
      kind: 'answered',
      value: {
        rights: new Set(['write', 'describe']),
        settings: { kind: 'unanswered', code: 'TOPIC_AUTHORIZATION_FAILED' },
      },
    },
    { kind: 'unanswered', code: 'TOPIC_AUTHORIZATION_FAILED' },
  ]);
  const finding = judgeStageAccess(
    { stage: 'action', reads: 'open', group: 'g', writes: ['closed', 'open'] },
    {
      topics: new Map(
        ['open', 'closed'].map((name, at) => [name, answers[at] ?? { kind: 'answered', value: null }]),
      ),
      group: await examination.group('g'),
    },
  );
  expect(finding).toMatchObject({
    level: 'failure',
    got: 'no right to read topic open, describe group g, read group g, describe topic closed, write topic closed',
  });
});

it('says that there is an authorizer, gives a producer its id, and keeps its clock from who may not describe the cluster', async () => {
  const { examination } = examined();
  expect(await examination.authorizer()).toEqual({ kind: 'answered', value: 'present' });
  expect(await examination.producerId()).toEqual({ kind: 'answered', value: 'given' });
  expect(await examination.clock()).toMatchObject({
    kind: 'unanswered',
    code: 'CLUSTER_AUTHORIZATION_FAILED',
  });
});
