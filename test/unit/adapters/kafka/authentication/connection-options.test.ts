import { Connection, ResponseError, type SASLCustomAuthenticator } from '@platformatic/kafka';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  publicTls,
  type Authentication,
  type Tls,
} from '../../../../../lib/adapters/kafka/authentication/authentication.ts';
import { connectionOptions } from '../../../../../lib/adapters/kafka/authentication/connection-options.ts';
import { Sensitive } from '../../../../../lib/adapters/kafka/authentication/sensitive.ts';
import { TransientError } from '../../../../../lib/core/errors.ts';
import { epochMsOf } from '../../../../../lib/core/units.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';
import { makeAuthority, makeCertificate, type KeyPair } from '../../../../support/certificates.ts';

const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf';
const address = 'b-1.example.com:9096';

const secrets = (...texts: readonly string[]) => {
  const asked: string[] = [];
  const readSecret = async (name: string): Promise<string> => {
    asked.push(name);
    return texts[Math.min(asked.length, texts.length) - 1] ?? '';
  };
  return { readSecret, asked };
};

const user = JSON.stringify({ username: 'alice', password: 'canary' });
const all = { depth: Infinity, showHidden: true, getters: true } as const;

describe('the options of the client', () => {
  let authority: KeyPair;
  let client: KeyPair;
  let next: KeyPair;
  beforeAll(async () => {
    authority = await makeAuthority('authority');
    client = await makeCertificate('client', authority, { passphrase: 'canary' });
    next = await makeCertificate('next', authority);
  });

  const certificateOf = ({ certificate, privateKey }: KeyPair, privateKeyPassword?: string): string =>
    JSON.stringify({ certificate, privateKey, privateKeyPassword });

  it('have neither TLS nor SASL without authentication', async () => {
    const connect = await connectionOptions({ kind: 'none' });
    expect(Object.keys(connect)).toEqual(['attempt', 'objection']);
  });

  it('have TLS alone', async () => {
    const material = { from: 'given', value: { sasl: undefined, tls: publicTls }, source: 'x' } as const;
    const connect = await connectionOptions({ kind: 'tls', material });
    expect(Object.keys(connect)).toEqual(['tls', 'attempt', 'objection']);
    expect(connect.tls).not.toHaveProperty('checkServerIdentity');
  });

  it.each([
    ['scram-sha-256', 'SCRAM-SHA-256'],
    ['scram-sha-512', 'SCRAM-SHA-512'],
    ['plain', 'PLAIN'],
  ] as const)('have TLS and %s of a secret that is fetched once', async (kind, mechanism) => {
    const { readSecret, asked } = secrets(user);
    const authentication: Authentication = { kind, material: { from: 'secret', arn } };
    const connect = await connectionOptions(authentication, { readSecret });
    expect(connect.sasl?.mechanism).toBe(mechanism);
    expect(connect.tls).toHaveProperty('secureContext');
    expect(asked).toEqual([arn]);
  });

  it('have no TLS where the properties say so', async () => {
    const sasl = { username: 'alice', password: new Sensitive('canary') };
    const material = { from: 'given', value: { sasl, tls: undefined }, source: 'x' } as const;
    const connect = await connectionOptions({ kind: 'plain', material });
    expect(Object.keys(connect)).toEqual(['sasl', 'attempt', 'objection']);
  });

  it('have OAUTHBEARER for MSK and OAuth', async () => {
    const iam: Authentication = { kind: 'iam', region: 'eu-west-1', profile: undefined, tls: publicTls };
    const connect = await connectionOptions(iam, { variables: {} });
    expect(connect.sasl?.mechanism).toBe('OAUTHBEARER');
    const text = JSON.stringify({
      tokenEndpoint: 'https://example.com',
      clientId: 'me',
      clientSecret: 'canary',
    });
    const oauth: Authentication = { kind: 'oauth', material: { from: 'secret', arn } };
    const opened = await connectionOptions(oauth, { readSecret: secrets(text).readSecret });
    expect(opened.sasl?.mechanism).toBe('OAUTHBEARER');
  });

  it('have a token of other AWS credentials where those before were refused', async () => {
    const variables: Record<string, string> = {
      AWS_ACCESS_KEY_ID: 'AKIAOLD',
      AWS_SECRET_ACCESS_KEY: 'canary',
    };
    const iam: Authentication = { kind: 'iam', region: 'eu-west-1', profile: undefined, tls: publicTls };
    const connect = await connectionOptions(iam, { variables });
    const tokens: string[] = [];
    const refusal = new ResponseError(36, 2, { '/': [58, '[1]: Access denied'] }, {});
    const authenticate = async (): Promise<unknown> => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      const refusing = ((_connection: Connection, bytes: Buffer, done: (error: Error) => void) => {
        const token = /Bearer ([\w-]+)/.exec(bytes.toString('utf8'))?.[1] ?? '';
        tokens.push(Buffer.from(token, 'base64url').toString('utf8'));
        done(refusal);
      }) as unknown as Parameters<SASLCustomAuthenticator>[2];
      connect.sasl?.authenticate?.('OAUTHBEARER', new Connection('test'), refusing, '', '', '', resolve);
      return promise;
    };
    expect(await authenticate()).toBe(refusal);
    variables['AWS_ACCESS_KEY_ID'] = 'AKIANEW';
    expect(await authenticate()).toMatchObject({ code: 'AUTHENTICATION_REFUSED' });
    expect(tokens.map((token) => /AKIA[A-Z]+/.exec(token)?.[0])).toEqual(['AKIAOLD', 'AKIANEW']);
    expect(tokens[0]).toMatch(
      /^https:\/\/kafka\.eu-west-1\.amazonaws\.com\/\?Action=kafka-cluster%3AConnect/,
    );
  });

  it('hold connections back where brokers count them, and only there', async () => {
    const waitsOf = async (authentication: Authentication): Promise<readonly number[]> => {
      const clock = new VirtualClock(epochMsOf(0));
      const { readSecret } = secrets(user);
      const connect = await connectionOptions(authentication, {
        readSecret,
        variables: {},
        clock,
        random: () => 0,
      });
      const failing = async (): Promise<void> => {
        throw new RangeError('x');
      };
      for (let times = 0; times < 2; times += 1)
        await expect(connect.attempt(address, failing)).rejects.toThrow(RangeError);
      return clock.waits;
    };
    expect(await waitsOf({ kind: 'iam', region: 'eu-west-1', profile: undefined, tls: publicTls })).toEqual([
      1_000,
    ]);
    expect(await waitsOf({ kind: 'scram-sha-512', material: { from: 'secret', arn } })).toEqual([]);
  });

  it('leave the host name unchecked only where that is asked for', async () => {
    const tls: Tls = { ...publicTls, checkHostname: false };
    const material = { from: 'given', value: { sasl: undefined, tls }, source: 'x' } as const;
    const connect = await connectionOptions({ kind: 'tls', material });
    expect(connect.tls?.checkServerIdentity?.('a', {} as never)).toBeUndefined();
    expect(connect.tls).toHaveProperty('checkServerIdentity');
  });

  it('use another certificate from the moment it was fetched', async () => {
    const { readSecret, asked } = secrets(certificateOf(client, 'canary'), certificateOf(next));
    const mutual: Authentication = { kind: 'mutual-tls', material: { from: 'secret', arn } };
    const connect = await connectionOptions(mutual, { readSecret });
    const contextNow = (): unknown => ({ ...connect.tls }).secureContext;
    const first = contextNow();
    expect(contextNow()).toBe(first);
    const refusals = [Object.assign(new Error('x'), { code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED' })];
    await connect.attempt(address, async () => {
      const refusal = refusals.pop();
      if (refusal) throw refusal;
    });
    expect(contextNow()).not.toBe(first);
    expect(asked).toHaveLength(2);
  });

  it('show nothing secret, however they are looked at', async () => {
    const mutual: Authentication = { kind: 'mutual-tls', material: { from: 'secret', arn } };
    const scram: Authentication = { kind: 'scram-sha-512', material: { from: 'secret', arn } };
    const opened = await Promise.all([
      connectionOptions(mutual, {
        readSecret: secrets(certificateOf(client, 'canary')).readSecret,
      }),
      connectionOptions(scram, { readSecret: secrets(user).readSecret }),
    ]);
    for (const connection of opened) {
      expect(inspect(connection, all)).not.toMatch(/canary|PRIVATE KEY/);
      expect(JSON.stringify(connection)).not.toMatch(/canary|PRIVATE KEY/);
    }
  });

  it.each<[string, () => string]>([
    ['a wrong password of its key', () => certificateOf(client, 'wrong-canary')],
    ['no password of its key', () => certificateOf(client)],
    ['the key of another', () => certificateOf({ ...next, privateKey: authority.privateKey })],
  ])('are refused for a certificate with %s, without a word of it', async (_, secret) => {
    const mutual: Authentication = { kind: 'mutual-tls', material: { from: 'secret', arn } };
    const failed: unknown = await connectionOptions(mutual, {
      readSecret: secrets(secret()).readSecret,
    }).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ code: 'AUTHENTICATION_INVALID', message: expect.stringContaining(arn) });
    expect(inspect(failed, all)).not.toMatch(/canary|PRIVATE KEY/);
  });

  it('are not there while the secret cannot be fetched', async () => {
    const unavailable = new TransientError('CREDENTIALS_UNAVAILABLE', { message: 'x' });
    const scram: Authentication = { kind: 'scram-sha-512', material: { from: 'secret', arn } };
    const readSecret = async (): Promise<string> => Promise.reject(unavailable);
    await expect(connectionOptions(scram, { readSecret })).rejects.toBe(unavailable);
  });
});
