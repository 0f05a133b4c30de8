import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openAuthenticated } from '../../../lib/adapters/kafka/authenticated.ts';
import type { LogAuth } from '../../../lib/adapters/kafka/authentication/log-auth.ts';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { alice, startSecureBroker, type Listener, type SecureBroker } from '../../services/secure-broker.ts';
import { makeAuthority, makeCertificate, type KeyPair } from '../../support/certificates.ts';

const inline = (pem: string): string => pem.trim().replaceAll(/\r?\n/g, ' ');

describe('opening a real cluster', { timeout: 30_000 }, () => {
  let broker: SecureBroker;
  let client: KeyPair;
  let stranger: KeyPair;
  const opened: Kafka[] = [];
  beforeAll(async () => {
    broker = await startSecureBroker();
    client = await makeCertificate('client', broker.authority);
    stranger = await makeCertificate('stranger', await makeAuthority('other'));
  }, 120_000);
  afterEach(() => {
    for (const kafka of opened.splice(0)) kafka.close();
  });
  afterAll(async () => broker.remove());

  const open = async (
    listener: Listener,
    auth: LogAuth,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<Kafka> => {
    const kafka = await openAuthenticated((options) => openKafka({ ...options, timeoutMs: 2_000 }), {
      bootstrap: [broker.addressOf(listener)],
      auth,
      clientId: 'test',
      clock: systemClock,
      variables,
    });
    opened.push(kafka);
    return kafka;
  };

  const sasl = (password: string): Readonly<Record<string, string>> => ({
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: alice.username,
    KAFKA_SASL_PASSWORD: password,
    KAFKA_SSL_TRUSTSTORE_CERTIFICATES: inline(broker.authority.certificate),
  });
  const mutual = ({ certificate, privateKey }: KeyPair): Readonly<Record<string, string>> => ({
    KAFKA_SECURITY_PROTOCOL: 'SSL',
    KAFKA_SSL_KEYSTORE_CERTIFICATE_CHAIN: inline(certificate),
    KAFKA_SSL_KEYSTORE_KEY: inline(privateKey),
    KAFKA_SSL_TRUSTSTORE_CERTIFICATES: inline(broker.authority.certificate),
  });

  it('lets in who is in the environment', async () => {
    for (const [listener, variables] of [
      ['SASLTLS', sasl(alice['SCRAM-SHA-512'])],
      ['MUTUAL', mutual(client)],
    ] as const) {
      const { log } = await open(listener, { kind: 'variables' }, variables);
      expect(await log.topicIds(['none'])).toEqual([undefined]);
    }
  });

  it.each<[string, Listener, () => Readonly<Record<string, string>>, RegExp]>([
    ['a wrong password', 'SASLTLS', () => sasl('canary'), /got a refusal: ".*SCRAM-SHA-512"/],
    ['a certificate of a stranger', 'MUTUAL', () => mutual(stranger), /refusal of the client’s certificate/],
    ['no TLS', 'TLS', () => ({}), /speaks TLS at this address/],
    ['no SASL', 'SASL', () => ({}), /asks for SASL at this address; expected one of .*SCRAM-SHA-512/],
  ])('says at once what is wrong with %s', async (_, listener, variables, expected) => {
    await expect(open(listener, { kind: 'variables' }, variables())).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'AUTHENTICATION_REFUSED',
      message: expect.stringMatching(expected),
    });
  });

  it('says of brokers that are not there no more than that', async () => {
    const nobody = openAuthenticated((options) => openKafka({ ...options, timeoutMs: 500 }), {
      bootstrap: ['127.0.0.1:1'],
      auth: { kind: 'none' },
      clientId: 'test',
      clock: systemClock,
      variables: {},
    });
    await expect(nobody).rejects.toMatchObject({ name: 'TransientError', code: 'LOG_UNAVAILABLE' });
  });
});
