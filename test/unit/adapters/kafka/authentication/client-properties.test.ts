import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type {
  Authentication,
  TokenSource,
} from '../../../../../lib/adapters/kafka/authentication/authentication.ts';
import {
  authenticationFromProperties,
  type PropertiesContext,
} from '../../../../../lib/adapters/kafka/authentication/client-properties.ts';
import type { OAuthClient } from '../../../../../lib/adapters/kafka/authentication/oauth-tokens.ts';
import type { ConfigError } from '../../../../../lib/core/errors.ts';
import { configErrorOf } from '../../../../support/config-error.ts';

const tokens: TokenSource = { token: async () => 'token' };
const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule';

type Properties = Readonly<Record<string, string>>;

const read = (properties: Properties, context: Partial<PropertiesContext> = {}): Authentication =>
  authenticationFromProperties(new Map(Object.entries(properties)), {
    source: 'client.properties',
    bootstrap: ['localhost:9092'],
    variables: {},
    readText: (path) => {
      throw new Error(`no file ${path}`);
    },
    tokensOf: () => tokens,
    ...context,
  });

const refused = (properties: Properties, context?: Partial<PropertiesContext>): ConfigError =>
  configErrorOf(() => read(properties, context));

const pathsOf = (error: ConfigError): readonly string[] => error.problems.map(({ path }) => path);

describe('the properties of a Kafka client', () => {
  it('that say nothing mean no authentication', () => {
    expect(read({})).toEqual({ kind: 'none' });
    expect(read({ 'security.protocol': 'PLAINTEXT', 'client.id': 'me' })).toEqual({ kind: 'none' });
  });

  it('that say SSL mean TLS', () => {
    expect(read({ 'security.protocol': 'ssl' })).toEqual({
      kind: 'tls',
      material: {
        from: 'given',
        source: 'client.properties',
        value: { sasl: undefined, tls: { ca: undefined, client: undefined, checkHostname: true } },
      },
    });
  });

  it.each([
    ['SCRAM-SHA-256', 'scram-sha-256'],
    ['SCRAM-SHA-512', 'scram-sha-512'],
    ['PLAIN', 'plain'],
  ])('that say %s mean it', (mechanism, kind) => {
    const authentication = read({
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': mechanism,
      'sasl.jaas.config': `${scram} required username="alice" password="canary";`,
    });
    expect(authentication).toMatchObject({
      kind,
      material: { value: { sasl: { username: 'alice' }, tls: { checkHostname: true } } },
    });
    if (
      authentication.kind !== 'plain' &&
      authentication.kind !== 'scram-sha-256' &&
      authentication.kind !== 'scram-sha-512'
    )
      throw new Error('another kind');
    const { material } = authentication;
    expect(material.from === 'given' && material.value.sasl.password.reveal()).toBe('canary');
    expect(inspect(authentication, { depth: Infinity, showHidden: true })).not.toContain('canary');
  });

  it('that say SASL_PLAINTEXT mean no encryption', () => {
    const properties = { 'sasl.mechanism': 'PLAIN', 'sasl.username': 'alice', 'sasl.password': 'p' };
    expect(read({ 'security.protocol': 'SASL_PLAINTEXT', ...properties })).toMatchObject({
      kind: 'plain',
      material: { value: { sasl: { username: 'alice' }, tls: undefined } },
    });
  });

  it('that name an OAuth server mean its tokens, with what goes along', async () => {
    const clients: OAuthClient[] = [];
    const authentication = read(
      {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.oauthbearer.token.endpoint.url': 'https://example.com/token',
        'sasl.jaas.config': `x.OAuthBearerLoginModule required clientId="me" clientSecret="canary" scope="kafka" extension_logicalCluster="lkc-1";`,
      },
      {
        tokensOf: (client) => {
          clients.push(client);
          return tokens;
        },
      },
    );
    expect(authentication).toMatchObject({
      kind: 'oauth',
      material: { value: { sasl: { extensions: { logicalCluster: 'lkc-1' } } } },
    });
    expect(clients[0]).toMatchObject({
      tokenEndpoint: 'https://example.com/token',
      clientId: 'me',
      scope: 'kafka',
    });
    expect(clients[0]?.clientSecret.reveal()).toBe('canary');
  });

  it('may name an OAuth client as Kafka 4.1 does', () => {
    const clients: OAuthClient[] = [];
    read(
      {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.oauthbearer.token.endpoint.url': 'https://example.com/token',
        'sasl.oauthbearer.client.credentials.client.id': 'me',
        'sasl.oauthbearer.client.credentials.client.secret': 'canary',
        'sasl.oauthbearer.scope': 'kafka',
      },
      {
        tokensOf: (client) => {
          clients.push(client);
          return tokens;
        },
      },
    );
    expect(clients[0]).toMatchObject({ clientId: 'me', scope: 'kafka' });
  });

  describe('of MSK', () => {
    const ofMsk: Properties = {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'AWS_MSK_IAM',
      'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
      'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
    };

    it.each([
      ['b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9098', 'eu-west-1'],
      ['boot-abc.c1.kafka-serverless.us-east-2.amazonaws.com:9098', 'us-east-2'],
      ['b-1.demo.abc123.c2.kafka.cn-north-1.amazonaws.com.cn:9098', 'cn-north-1'],
    ])('mean IAM, in the region of %s', (broker, region) => {
      expect(read(ofMsk, { bootstrap: [broker], variables: { AWS_REGION: 'us-west-1' } })).toMatchObject({
        kind: 'iam',
        region,
        profile: undefined,
      });
    });

    it('may mean the region of the environment, and a profile', () => {
      const module = 'software.amazon.msk.auth.iam.IAMLoginModule required awsProfileName="work";';
      const properties = { ...ofMsk, 'sasl.jaas.config': module };
      expect(read(properties, { variables: { AWS_DEFAULT_REGION: 'us-west-1' } })).toMatchObject({
        region: 'us-west-1',
        profile: 'work',
      });
    });

    it('may say OAUTHBEARER, with MSK’s own handler', () => {
      const handler = 'software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler';
      const properties = {
        ...ofMsk,
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.login.callback.handler.class': handler,
      };
      expect(read(properties, { variables: { AWS_REGION: 'us-west-1' } })).toMatchObject({ kind: 'iam' });
    });

    it('are refused without a region, with a role, and without TLS', () => {
      expect(pathsOf(refused(ofMsk))).toEqual(['AWS_REGION']);
      const withRole = {
        ...ofMsk,
        'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="arn";',
      };
      expect(pathsOf(refused(withRole))).toEqual(['AWS_REGION', 'sasl.jaas.config']);
      expect(pathsOf(refused({ ...ofMsk, 'security.protocol': 'SASL_PLAINTEXT' }))).toEqual([
        'security.protocol',
      ]);
    });
  });

  it.each<[string, Properties, readonly string[]]>([
    ['an unknown protocol', { 'security.protocol': 'TLS' }, ['security.protocol']],
    ['no mechanism', { 'security.protocol': 'SASL_SSL' }, ['sasl.mechanism']],
    ['GSSAPI', { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'GSSAPI' }, ['sasl.mechanism']],
    [
      'neither user nor password',
      { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN' },
      ['sasl.jaas.config', 'sasl.jaas.config'],
    ],
    [
      'an open quote',
      {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': 'x required username="a" password="canary;',
      },
      ['sasl.jaas.config', 'sasl.jaas.config', 'sasl.jaas.config'],
    ],
    [
      'half an OAuth client',
      {
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.jaas.config': 'x required clientSecret="canary";',
      },
      ['sasl.oauthbearer.token.endpoint.url', 'sasl.jaas.config'],
    ],
  ])('with %s are refused, and nothing secret is shown', (_, properties, paths) => {
    const error = refused(properties);
    expect(error.code).toBe('AUTHENTICATION_INVALID');
    expect(pathsOf(error)).toEqual(paths);
    expect(error.message).toContain('client.properties');
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('canary');
  });
});
