import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenSource } from '../../../../../lib/adapters/kafka/authentication/authentication.ts';
import type { OAuthClient } from '../../../../../lib/adapters/kafka/authentication/oauth-tokens.ts';
import {
  mutualTlsMaterial,
  oauthMaterial,
  tlsMaterial,
  userMaterial,
} from '../../../../../lib/adapters/kafka/authentication/secret-material.ts';
import { makeAuthority, makeCertificate, type KeyPair } from '../../../../support/certificates.ts';
import { configErrorOf } from '../../../../support/config-error.ts';

const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf';
const text = (fields: Readonly<Record<string, unknown>>): string => JSON.stringify(fields);
const tokens: TokenSource = { token: async () => 'token' };

describe('a secret', () => {
  let authority: KeyPair;
  let client: KeyPair;
  beforeAll(async () => {
    authority = await makeAuthority('authority');
    client = await makeCertificate('client', authority);
  });

  it('of MSK holds a user', () => {
    const { sasl, tls } = userMaterial(arn, text({ username: 'alice', password: 'p"ä' }));
    expect([sasl.username, sasl.password.reveal()]).toEqual(['alice', 'p"ä']);
    expect(tls).toEqual({ ca: undefined, client: undefined, checkHostname: true });
  });

  it('of mutual TLS holds a certificate, its key and the key’s password', () => {
    const { tls } = mutualTlsMaterial(
      arn,
      text({
        certificate: client.certificate,
        privateKey: client.privateKey.replaceAll('\n', ' '),
        privateKeyPassword: 'pw',
      }),
    );
    expect(tls?.client?.certificate).toBe(client.certificate.trimEnd().concat('\n').replaceAll('\r', ''));
    expect(tls?.client?.privateKey.reveal()).toContain('-----BEGIN PRIVATE KEY-----\n');
    expect(tls?.client?.passphrase?.reveal()).toBe('pw');
  });

  it('of mutual TLS needs no password', () => {
    const fields = { certificate: client.certificate, privateKey: client.privateKey };
    expect(mutualTlsMaterial(arn, text(fields)).tls?.client?.passphrase).toBeUndefined();
    expect(
      mutualTlsMaterial(arn, text({ ...fields, privateKeyPassword: '' })).tls?.client?.passphrase,
    ).toBeUndefined();
  });

  it('of TLS holds the brokers’ authority', () => {
    expect(tlsMaterial(arn, text({ certificate: authority.certificate })).tls?.ca).toContain(
      'BEGIN CERTIFICATE',
    );
  });

  it('of OAuth holds a client', () => {
    const clients: OAuthClient[] = [];
    const fields = {
      tokenEndpoint: 'https://example.com/token',
      clientId: 'id',
      clientSecret: 'canary',
      scope: 'kafka',
    };
    const { sasl } = oauthMaterial(arn, text(fields), (one) => {
      clients.push(one);
      return tokens;
    });
    expect(sasl).toBe(tokens);
    expect(clients[0]).toMatchObject({
      tokenEndpoint: 'https://example.com/token',
      clientId: 'id',
      scope: 'kafka',
    });
    expect(clients[0]?.clientSecret.reveal()).toBe('canary');
  });

  it('may hold the brokers’ authority beside anything', () => {
    const ca = authority.certificate;
    const key = { certificate: client.certificate, privateKey: client.privateKey };
    const oauth = { tokenEndpoint: 'https://example.com', clientId: 'id', clientSecret: 's' };
    expect([
      userMaterial(arn, text({ username: 'a', password: 'b', ca })).tls?.ca,
      mutualTlsMaterial(arn, text({ ...key, ca })).tls?.ca,
      oauthMaterial(arn, text({ ...oauth, ca }), () => tokens).tls?.ca,
    ]).toEqual(Array(3).fill(expect.stringContaining('BEGIN CERTIFICATE')));
  });

  it.each<[string, string, readonly string[]]>([
    ['no password', text({ username: 'canary' }), ['password: got nothing']],
    ['an empty name', text({ username: '', password: 'canary' }), ['username: got nothing']],
    ['a number', text({ username: 'a', password: 12_345 }), ['password: got a JSON number']],
    ['nothing at all', '{}', ['username', 'password']],
    [
      'a bad authority',
      text({ username: 'a', password: 'b', ca: 'canary' }),
      ['ca: got text of another form'],
    ],
    ['an array', text([] as never), ['no JSON object']],
    ['a password alone', 'canary', ['no JSON object']],
    ['half a JSON text', '{"username":"canary', ['no JSON object']],
  ])('with %s is refused without a word of what is in it', (_, secret, expected) => {
    const error = configErrorOf(() => userMaterial(arn, secret));
    expect(error.code).toBe('AUTHENTICATION_INVALID');
    expect(error.message).toContain(arn);
    for (const part of expected) expect(error.message).toContain(part);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/canary|12345|12_345/);
  });

  it('with a key that is none is refused, with all that is wrong', () => {
    const error = configErrorOf(() =>
      mutualTlsMaterial(arn, text({ certificate: client.privateKey, privateKey: 'canary' })),
    );
    expect(error.problems.map(({ path }) => path)).toEqual(['certificate', 'privateKey']);
    expect(inspect(error, { depth: Infinity })).not.toMatch(/canary|PRIVATE KEY-----/);
  });

  it('shows nothing when its material is inspected', () => {
    const fields = {
      certificate: client.certificate,
      privateKey: client.privateKey,
      privateKeyPassword: 'canary',
    };
    const shown = inspect(
      [mutualTlsMaterial(arn, text(fields)), userMaterial(arn, text({ username: 'a', password: 'canary' }))],
      {
        depth: Infinity,
        showHidden: true,
      },
    );
    expect(shown).not.toMatch(/canary|PRIVATE KEY-----/);
  });
});
