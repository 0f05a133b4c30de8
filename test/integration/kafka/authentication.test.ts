import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type {
  Authentication,
  Material,
  Origin,
  Tls,
  UserCredentials,
} from '../../../lib/adapters/kafka/authentication/authentication.ts';
import { probeBroker } from '../../../lib/adapters/kafka/authentication/broker-probe.ts';
import {
  connectionOptions,
  type AuthenticatedConnect,
} from '../../../lib/adapters/kafka/authentication/connection-options.ts';
import { Sensitive } from '../../../lib/adapters/kafka/authentication/sensitive.ts';
import { openKafka, type Kafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { ConfigError, TransientError } from '../../../lib/core/errors.ts';
import { alice, startSecureBroker, type Listener, type SecureBroker } from '../../services/secure-broker.ts';
import { makeAuthority, makeCertificate, type KeyPair } from '../../support/certificates.ts';
import { unsecuredToken } from './unsecured-token.ts';
import { record, topicSettings } from './values.ts';

const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf';
const ofSecret = { from: 'secret', arn: secretArn } as const;
const mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN'] as const;
type Mechanism = (typeof mechanisms)[number];
const kindOf = {
  'SCRAM-SHA-256': 'scram-sha-256',
  'SCRAM-SHA-512': 'scram-sha-512',
  PLAIN: 'plain',
} as const;

describe('a real broker', { timeout: 30_000 }, () => {
  let broker: SecureBroker;
  let client: KeyPair;
  let stranger: KeyPair;
  let expired: KeyPair;
  let other: KeyPair;
  let ids: readonly (string | undefined)[];
  const topic = 'known';
  const opened: Kafka[] = [];
  beforeAll(async () => {
    broker = await startSecureBroker();
    other = await makeAuthority('other');
    [client, stranger, expired] = await Promise.all([
      makeCertificate('client', broker.authority, { passphrase: 'canary' }),
      makeCertificate('stranger', other),
      makeCertificate('expired', broker.authority, { expired: true }),
    ]);
    const { log } = clientAt('PLAINTEXT', await connectTo({ kind: 'none' }));
    await log.createTopics([{ name: topic, ...topicSettings }]);
    ids = await log.topicIds([topic]);
  }, 120_000);
  afterEach(() => {
    for (const kafka of opened.splice(0)) kafka.close();
  });
  afterAll(async () => broker.remove());

  const trusting = (ca = broker.authority): Tls => ({
    ca: ca.certificate,
    client: undefined,
    checkHostname: true,
  });
  const given = <Sasl>(sasl: Sasl, tls: Tls | undefined): Origin<Material<Sasl>> => ({
    from: 'given',
    value: { sasl, tls },
    source: 'the test',
  });
  const userOf = (password: string, username: string = alice.username): UserCredentials => ({
    username,
    password: new Sensitive(password),
  });
  const userSecret = (username: string, password: string): string =>
    JSON.stringify({ username, password, ca: broker.authority.certificate });
  const certificateSecret = ({ certificate, privateKey }: KeyPair, privateKeyPassword?: string): string =>
    JSON.stringify({ certificate, privateKey, privateKeyPassword, ca: broker.authority.certificate });

  /** Secrets Manager with a secret that has these versions, one after the other; what was fetched is counted. */
  const secretWith = (...versions: readonly string[]) => {
    let fetched = 0;
    const readSecret = async (): Promise<string> =>
      versions[Math.min((fetched += 1), versions.length) - 1] ?? '';
    return { readSecret, fetched: () => fetched };
  };

  const connectTo = async (
    authentication: Authentication,
    readSecret = secretWith('').readSecret,
  ): Promise<AuthenticatedConnect> => connectionOptions(authentication, { readSecret, variables: {} });

  /** A client of its own. */
  const clientAt = (listener: Listener, connect: AuthenticatedConnect, idleMs = 30_000): Kafka => {
    const bootstrap = [broker.addressOf(listener)];
    const kafka = openKafka({ bootstrap, clientId: 'test', clock: systemClock, connect, idleMs });
    opened.push(kafka);
    return kafka;
  };

  /** Over a client of its own: the ids of a topic that there is. */
  const topicAt = async (
    listener: Listener,
    connect: AuthenticatedConnect,
  ): Promise<readonly (string | undefined)[]> => clientAt(listener, connect).log.topicIds([topic]);

  const failureAt = async (listener: Listener, connect: AuthenticatedConnect): Promise<Error> => {
    const ended: unknown = await topicAt(listener, connect).catch((thrown: unknown) => thrown);
    if (!(ended instanceof Error)) throw new Error('it was let in');
    return ended;
  };

  /** Gives a user another password, and waits until the broker knows it. */
  const setPassword = async (username: string, password: string): Promise<void> => {
    const connection = new Connection('operator');
    const [host = '', port] = broker.addressOf('PLAINTEXT').split(':');
    await connection.connect(host, Number(port));
    const salt = randomBytes(16);
    const iterations = 4_096;
    const saltedPassword = pbkdf2Sync(password, salt, iterations, 64, 'sha512');
    await alterUserScramCredentialsV0.api.async(
      connection,
      [],
      [{ name: username, mechanism: 2, iterations, salt, saltedPassword }],
    );
    await connection.close();
    const probe = await connectTo({
      kind: 'scram-sha-512',
      material: given(userOf(password, username), undefined),
    });
    await expect
      .poll(async () => topicAt('SASL', probe).catch(() => []), {
        timeout: 10_000,
        message: 'the new password',
      })
      .toEqual(ids);
  };

  describe('lets in', () => {
    it.each(
      mechanisms.flatMap((mechanism) => [['SASL', mechanism] as const, ['SASLTLS', mechanism] as const]),
    )('over %s a user of %s', async (listener, mechanism) => {
      const tls = listener === 'SASLTLS' ? trusting() : undefined;
      const material = given(userOf(alice[mechanism]), tls);
      const connect = await connectTo({ kind: kindOf[mechanism], material });
      expect(await topicAt(listener, connect)).toEqual(ids);
    });

    it.each(['SASL', 'SASLTLS'] as const)('over %s a token', async (listener) => {
      const tls = listener === 'SASLTLS' ? trusting() : undefined;
      const tokens = { token: async () => unsecuredToken('alice', 60) };
      const connect = await connectTo({ kind: 'oauth', material: given(tokens, tls) });
      expect(await topicAt(listener, connect)).toEqual(ids);
    });

    it('whoever speaks TLS and trusts it', async () => {
      const connect = await connectTo({ kind: 'tls', material: given(undefined, trusting()) });
      expect(await topicAt('TLS', connect)).toEqual(ids);
    });

    it('a certificate that it trusts, of a secret, with a password on its key', async () => {
      const { readSecret } = secretWith(certificateSecret(client, 'canary'));
      const connect = await connectTo({ kind: 'mutual-tls', material: ofSecret }, readSecret);
      expect(await topicAt('MUTUAL', connect)).toEqual(ids);
    });

    it('whoever comes without authentication, where there is none', async () => {
      expect(await topicAt('PLAINTEXT', await connectTo({ kind: 'none' }))).toEqual(ids);
    });
  });

  describe('refuses', () => {
    /** What a refusal says, once it is seen to be one that shows no secret. */
    const saidBy = (error: Error): string => {
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/canary|PRIVATE KEY/);
      return error.message;
    };

    it.each(mechanisms)('a wrong password of %s', async (mechanism: Mechanism) => {
      const material = given(userOf('canary'), trusting());
      const connect = await connectTo({ kind: kindOf[mechanism], material });
      expect(saidBy(await failureAt('SASLTLS', connect))).toMatch(
        /got a refusal: .*(?:invalid cred|Invalid user)/s,
      );
    });

    it.each([
      ['that has expired', () => unsecuredToken('canary', -60)],
      ['that is none', () => 'canary'],
    ])('a token %s', async (_, token) => {
      const material = given({ token: async () => token() }, trusting());
      const connect = await connectTo({ kind: 'oauth', material });
      expect(saidBy(await failureAt('SASLTLS', connect))).toMatch(/got a refusal: "invalid_token"/);
    });

    it.each<[string, () => KeyPair]>([
      ['of another authority', () => stranger],
      ['that has expired', () => expired],
    ])('a certificate %s', async (_, pair) => {
      const { readSecret, fetched } = secretWith(certificateSecret(pair()));
      const connect = await connectTo({ kind: 'mutual-tls', material: ofSecret }, readSecret);
      const error = await failureAt('MUTUAL', connect);
      expect(saidBy(error)).toMatch(
        /refusal of the client’s certificate, and again after they were fetched anew/,
      );
      expect(fetched()).toBe(2);
    });

    it('whoever has no certificate', async () => {
      const connect = await connectTo({ kind: 'tls', material: given(undefined, trusting()) });
      expect(saidBy(await failureAt('MUTUAL', connect))).toMatch(/a client without certificate/);
    });

    it.each<[string, Listener, () => Authentication, RegExp]>([
      ['TLS', 'PLAINTEXT', () => ({ kind: 'tls', material: given(undefined, trusting()) }), /speaks no TLS/],
      ['no TLS', 'TLS', () => ({ kind: 'none' }), /speaks TLS at this address/],
      [
        'SASL without TLS',
        'SASLTLS',
        () => ({ kind: 'plain', material: given(userOf('canary'), undefined) }),
        /speaks TLS at this address/,
      ],
    ])('%s where it wants something else', async (_, listener, authentication, expected) => {
      expect(saidBy(await failureAt(listener, await connectTo(authentication())))).toMatch(expected);
    });

    it('nobody who does not trust it: that is for the client to say', async () => {
      const connect = await connectTo({ kind: 'tls', material: given(undefined, trusting(other)) });
      expect(saidBy(await failureAt('TLS', connect))).toMatch(/certificate that does not hold \([A-Z_]+\)/);
    });

    it('a password that is refused again after it was fetched again', async () => {
      const { readSecret, fetched } = secretWith(userSecret('alice', 'canary'));
      const connect = await connectTo({ kind: 'plain', material: ofSecret }, readSecret);
      expect(saidBy(await failureAt('SASLTLS', connect))).toMatch(
        /and again after they were fetched anew: ".*Invalid username or password"/,
      );
      expect(fetched()).toBe(2);
    });

    it('records, each with the reason', async () => {
      const connect = await connectTo({ kind: 'plain', material: given(userOf('canary'), trusting()) });
      const [result] = await clientAt('SASLTLS', connect).log.produce([record(topic, 'k', 'v')]);
      const cause = result?.kind === 'failed' ? result.cause : undefined;
      expect(saidBy(cause as Error)).toContain('Invalid username or password');
    });
  });

  it.each([
    ['SASL', undefined],
    ['SASLTLS', () => ({ ca: broker.authority.certificate })],
  ] as const)('tells at %s which mechanisms of SASL it offers', async (listener, tls) => {
    expect(await probeBroker(broker.addressOf(listener), { tls: tls?.(), hasSasl: false })).toEqual({
      kind: 'sasl-expected',
      offered: expect.arrayContaining(['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN', 'OAUTHBEARER']),
    });
  });

  describe('when a secret is rotated', () => {
    const scram: Authentication = { kind: 'scram-sha-512', material: ofSecret };

    it('a client takes the new password, fetched once for all its connections', async () => {
      await setPassword('bob', 'new');
      const { readSecret, fetched } = secretWith(userSecret('bob', 'old'), userSecret('bob', 'new'));
      const connect = await connectTo(scram, readSecret);
      const all = Array.from({ length: 5 }, async () => topicAt('SASLTLS', connect));
      expect(await Promise.all(all)).toEqual(Array.from({ length: 5 }, () => ids));
      expect(fetched()).toBe(2);
    });

    it('a client that was connected takes it when it has to connect again', async () => {
      await setPassword('dave', 'old');
      const { readSecret, fetched } = secretWith(userSecret('dave', 'old'), userSecret('dave', 'new'));
      // A connection that was idle is replaced, as after a function was frozen.
      const { log } = clientAt('SASLTLS', await connectTo(scram, readSecret), 0);
      expect(await log.topicIds([topic])).toEqual(ids);
      await setPassword('dave', 'new');
      const [result] = await log.produce([record(topic, 'k', 'v')]);
      expect(result).toMatchObject({ kind: 'acked' });
      expect(fetched()).toBe(2);
    });

    it('and the broker does not know it yet, it may pass, and passes', async () => {
      await setPassword('erin', 'old');
      const versions = ['old', 'new', 'new', 'new'].map((password) => userSecret('erin', password));
      const connect = await connectTo(scram, secretWith(...versions).readSecret);
      await topicAt('SASLTLS', connect);
      await setPassword('erin', 'not yet');
      const error = await failureAt('SASLTLS', connect);
      expect(error).toBeInstanceOf(TransientError);
      expect(error).toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
      await setPassword('erin', 'new');
      expect(await topicAt('SASLTLS', connect)).toEqual(ids);
    });

    it('a client takes the new certificate', async () => {
      const { readSecret, fetched } = secretWith(
        certificateSecret(expired),
        certificateSecret(client, 'canary'),
      );
      const connect = await connectTo({ kind: 'mutual-tls', material: ofSecret }, readSecret);
      expect(await topicAt('MUTUAL', connect)).toEqual(ids);
      expect(fetched()).toBe(2);
    });
  });
});
