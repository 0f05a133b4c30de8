import { afterAll, beforeAll, expect, it } from 'vitest';
import { KafkaBroker } from '../../services/kafka-broker.ts';
import { kafkaTool } from '../../services/kafka-tool.ts';

let broker: KafkaBroker;
beforeAll(async () => {
  broker = await KafkaBroker.start({
    listeners: [{ name: 'OTHER', protocol: 'PLAINTEXT', properties: { 'connections.max.reauth.ms': '0' } }],
    properties: { 'log.retention.ms': '12345678' },
  });
}, 120_000);
afterAll(() => broker.remove());

const server = (listener = 'PLAINTEXT'): readonly string[] => [
  '--bootstrap-server',
  broker.addressOf(listener),
];

it('keeps what was acknowledged over kill -9 and over an orderly end, on the same address', async () => {
  await kafkaTool('TopicCommand', [...server(), '--create', '--topic', 'kept']);
  const produce = (text: string): Promise<string> =>
    kafkaTool('ConsoleProducer', [...server(), '--topic', 'kept'], text);
  await produce('before\n');
  await broker.kill();
  await broker.restart();
  await produce('between\n');
  await broker.stop();
  await broker.restart();
  const read = ['--topic', 'kept', '--from-beginning', '--max-messages', '2'];
  expect(await kafkaTool('ConsoleConsumer', [...server(), ...read])).toBe('before\nbetween\n');
});

it('listens where it is told to, with the properties that it was given', async () => {
  const described = await kafkaTool('ConfigCommand', [
    ...server('OTHER'),
    '--describe',
    '--all',
    '--entity-type',
    'brokers',
    '--entity-name',
    '1',
  ]);
  expect(described).toContain('log.retention.ms=12345678');
});

it('says how a tool failed', async () => {
  await expect(kafkaTool('TopicCommand', [...server(), '--describe', '--topic', 'missing'])).rejects.toThrow(
    /TopicCommand [^]* ended with 1:[^]*missing/,
  );
});
