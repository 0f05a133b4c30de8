import { Connection, metadataV12 } from '@platformatic/kafka';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  connectionOptions,
  type AuthenticatedConnect,
} from '../../../lib/adapters/kafka/authentication/connection-options.ts';
import { parseLogAuth } from '../../../lib/adapters/kafka/authentication/log-auth.ts';
import { resolveAuthentication } from '../../../lib/adapters/kafka/authentication/resolve-authentication.ts';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { TransientError } from '../../../lib/core/errors.ts';
import { kafkaTool } from '../../services/kafka-tool.ts';
import {
  alice,
  sessionMs,
  startSecureBroker,
  type Listener,
  type SecureBroker,
} from '../../services/secure-broker.ts';
import { makeCertificate, type KeyPair } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { unsecuredToken } from './unsecured-token.ts';

describe('a real broker', { timeout: 60_000 }, () => {
  let broker: SecureBroker;
  let client: KeyPair;
  beforeAll(async () => {
    broker = await startSecureBroker();
    client = await makeCertificate('client', broker.authority);
  }, 120_000);
  const opened: Kafka[] = [];
  afterEach(() => {
    for (const kafka of opened.splice(0)) kafka.close();
  });
  afterAll(async () => broker.remove());

  const clientAt = (listener: Listener, connect: AuthenticatedConnect): Kafka => {
    const bootstrap = [broker.addressOf(listener)];
    const kafka = openKafka({ bootstrap, clientId: 'test', clock: systemClock, connect });
    opened.push(kafka);
    return kafka;
  };

  describe('that ends sessions', () => {
    const withTokens = async (tokenOf: () => string) => {
      let count = 0;
      const tls = { ca: broker.authority.certificate, client: undefined, checkHostname: true };
      const token = async (): Promise<string> => {
        count += 1;
        return tokenOf();
      };
      const connect = await connectionOptions({
        kind: 'oauth',
        material: { from: 'given', value: { sasl: { token }, tls }, source: 'the test' },
      });
      return { connect, asked: () => count };
    };

    it('is given a new token before one ends, over the same connection', async () => {
      const { connect, asked } = await withTokens(() => unsecuredToken('alice', 60));
      const connection = new Connection('test', { ...connect });
      const [host = '', port] = broker.addressOf('SASLTLS').split(':');
      await connection.connect(host, Number(port));
      await expect
        .poll(asked, { timeout: 5 * sessionMs, message: 'tokens that were asked for' })
        .toBeGreaterThanOrEqual(4);
      const { brokers } = await metadataV12.api.async(connection, [], false, false);
      expect(brokers).toHaveLength(1);
      await connection.close();
    });

    it('and refuses a later token is lost, which is told and may pass', async () => {
      let isRefused = false;
      const { connect, asked } = await withTokens(() => (isRefused ? 'canary' : unsecuredToken('alice', 60)));
      const { log } = clientAt('SASLTLS', connect);
      await log.listTopics();
      isRefused = true;
      const before = asked();
      await expect
        .poll(asked, { timeout: 5 * sessionMs, message: 'a token that was asked for' })
        .toBeGreaterThan(before);
      const error: unknown = await log.listTopics().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TransientError);
      expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
      isRefused = false;
      await expect(log.listTopics()).resolves.toBeDefined();
    });
  });

  describe('takes the same properties from Kafka’s own tools and from us', () => {
    const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';
    const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule';
    const inline = (pem: string): string => pem.trim().replaceAll(/\r?\n/g, ' ');

    const files: readonly (readonly [string, Listener, (folder: string) => readonly string[]])[] = [
      [
        'SCRAM over TLS, with a PEM truststore',
        'SASLTLS',
        (folder) => [
          'security.protocol=SASL_SSL',
          'sasl.mechanism=SCRAM-SHA-512',
          `sasl.jaas.config=${scram} required \\`,
          `  username="${alice.username}" \\`,
          `  password="${alice['SCRAM-SHA-512']}";`,
          'ssl.truststore.type=PEM',
          `ssl.truststore.location=${folder}/authority.pem`,
        ],
      ],
      [
        'PLAIN without TLS',
        'SASL',
        () => [
          '# a comment',
          'security.protocol : SASL_PLAINTEXT',
          'sasl.mechanism PLAIN',
          `sasl.jaas.config=${plain} required username='${alice.username}' password=${alice.PLAIN};`,
        ],
      ],
      [
        'mutual TLS, with PEM in a file and in the properties',
        'MUTUAL',
        (folder) => [
          'security.protocol=SSL',
          'ssl.keystore.type=PEM',
          `ssl.keystore.location=${folder}/client.pem`,
          'ssl.truststore.type=PEM',
          `ssl.truststore.certificates=${inline(broker.authority.certificate)}`,
        ],
      ],
    ];

    it.each(files)('%s', async (_, listener, linesOf) => {
      const folder = temporaryFolder({
        'authority.pem': broker.authority.certificate,
        'client.pem': `${client.privateKey}\n${client.certificate}\n`,
      });
      const file = join(folder, 'client.properties');
      writeFileSync(file, linesOf(folder).join('\n'));
      const address = broker.addressOf(listener);

      const args = ['--list', '--bootstrap-server', address, '--command-config', file];
      await expect(kafkaTool('TopicCommand', args)).resolves.toBeDefined();

      const logAuth = parseLogAuth(`properties:${file}`) ?? { kind: 'none' };
      const authentication = resolveAuthentication(logAuth, { bootstrap: [address], variables: {} });
      const connect = await connectionOptions(authentication);
      await expect(clientAt(listener, connect).log.listTopics()).resolves.toEqual([]);
    });
  });
});
