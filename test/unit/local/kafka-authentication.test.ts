import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variableOf } from '../../../lib/adapters/kafka/authentication/client-property-sources.ts';
import { kafkaAddress } from '../../../lib/local/kafka-address.ts';
import {
  accessAt,
  authenticationAt,
  clusterAccess,
  kafkaVariables,
} from '../../../lib/local/kafka-authentication.ts';
import { environmentKeys, stubAws, workKeys } from '../../support/aws-profiles.ts';
import { temporaryFolder } from '../../support/folder.ts';

const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf';
const bootstrap = 'one:9092,two:9092';

/** What the functions get beside the addresses and `--auth` itself. */
const moreOf = async (
  auth: string,
  {
    variables = {},
    ...aws
  }: {
    readonly variables?: Readonly<Record<string, string>>;
    readonly region?: string;
    readonly profile?: string;
  } = {},
): Promise<Readonly<Record<string, string>>> => {
  const address = kafkaAddress(bootstrap, auth, { region: undefined, profile: undefined, ...aws });
  const { FRESHET_LOG, FRESHET_LOG_AUTH, ...more } = await kafkaVariables(address, variables);
  expect({ FRESHET_LOG, FRESHET_LOG_AUTH }).toEqual({
    FRESHET_LOG: `kafka:${bootstrap}`,
    FRESHET_LOG_AUTH: auth,
  });
  return more;
};

const iamProperties = (options: string): string =>
  `properties:${join(
    temporaryFolder({
      'client.properties': `security.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\nsasl.jaas.config=x.IAMLoginModule required${options};\n`,
    }),
    'client.properties',
  )}`;

const scram = {
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  KAFKA_SASL_USERNAME: 'alice',
  KAFKA_SASL_PASSWORD: 'canary',
};

describe('the functions of a run on Kafka get', () => {
  it.each(['none', 'tls'])('nothing more with %s', async (auth) => {
    stubAws();
    expect(await moreOf(auth, { variables: { ...environmentKeys, ...scram } })).toEqual({});
  });

  it('the properties in this process’ environment with variables, and nothing else of it', async () => {
    stubAws();
    const variables = { ...scram, ...environmentKeys, KAFKA_HOME: '/opt/kafka', HOME: '/home' };
    expect(await moreOf('variables', { variables })).toEqual(scram);
    // A file is read where it is.
    const file = join(
      temporaryFolder({ 'client.properties': 'security.protocol=SSL\n' }),
      'client.properties',
    );
    expect(await moreOf(`properties:${file}`, { variables })).toEqual({});
  });

  it.each(['tls', 'mtls', 'scram-256', 'scram-512', 'plain', 'oauth'])(
    'credentials to fetch a secret with %s:<secret ARN>',
    async (word) => {
      stubAws();
      const auth = `${word}:${secretArn}`;
      expect(await moreOf(auth)).toEqual(environmentKeys);
      expect(await moreOf(auth, { profile: 'work' })).toEqual(workKeys);
      const AWS_ENDPOINT_URL_SECRETS_MANAGER = 'https://secrets.example';
      expect(await moreOf(auth, { variables: { AWS_ENDPOINT_URL_SECRETS_MANAGER } })).toEqual({
        ...environmentKeys,
        AWS_ENDPOINT_URL_SECRETS_MANAGER,
      });
    },
  );

  it('credentials to sign with, and the region, with iam', async () => {
    stubAws({ ...environmentKeys, AWS_SESSION_TOKEN: 'canary-token' });
    expect(await moreOf('iam:eu-west-3')).toEqual({
      ...environmentKeys,
      AWS_SESSION_TOKEN: 'canary-token',
      AWS_REGION: 'eu-west-3',
    });
    expect(await moreOf('iam:eu-west-3', { profile: 'work', region: 'eu-central-1' })).toEqual({
      ...workKeys,
      AWS_REGION: 'eu-west-3',
    });
  });

  it('the same where properties come to iam', async () => {
    stubAws();
    const region = 'eu-central-1';
    expect(await moreOf(iamProperties(''), { region })).toEqual({ ...environmentKeys, AWS_REGION: region });
    expect(await moreOf(iamProperties(' awsProfileName="work"'), { region })).toEqual({
      ...workKeys,
      AWS_REGION: region,
    });
    const variables = {
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'AWS_MSK_IAM',
      KAFKA_SASL_JAAS_CONFIG: 'x.IAMLoginModule required;',
    };
    expect(await moreOf('variables', { variables, region, profile: 'work' })).toEqual({
      ...variables,
      ...workKeys,
      AWS_REGION: region,
    });
  });

  it.each(['iam:eu-west-3', `plain:${secretArn}`])(
    'no credentials of AWS that are not there: %s',
    async (auth) => {
      stubAws({});
      await expect(moreOf(auth, { profile: 'play' })).rejects.toMatchObject({
        code: 'ENVIRONMENT_INVALID',
        message: expect.stringContaining('--profile: got play'),
      });
    },
  );
});

describe('a client is judged by what its --auth comes to:', () => {
  const none = { region: undefined, profile: undefined };
  const judged = (auth: string, variables: Readonly<Record<string, string>> = {}): unknown =>
    accessAt(kafkaAddress(bootstrap, auth, none), variables);

  it.each([
    ['none', 'none', false],
    ['tls', 'tls', true],
    [`tls:${secretArn}`, 'tls', true],
    [`mtls:${secretArn}`, 'mutual-tls', true],
    [`scram-256:${secretArn}`, 'scram-sha-256', true],
    [`scram-512:${secretArn}`, 'scram-sha-512', true],
    [`plain:${secretArn}`, 'plain', true],
    [`oauth:${secretArn}`, 'oauth', true],
    ['iam:eu-west-3', 'iam', true],
    ['variables', 'none', false],
  ])('%s', (auth, authentication, isEncrypted) => {
    expect(judged(auth)).toEqual({ authentication, isEncrypted });
  });

  it.each([
    [{ 'security.protocol': 'PLAINTEXT' }, 'none', false],
    [{ 'security.protocol': 'SSL' }, 'tls', true],
    [{ 'security.protocol': 'SASL_PLAINTEXT' }, 'scram-sha-512', false],
    [{ 'security.protocol': 'SASL_SSL' }, 'scram-sha-512', true],
  ])('properties with %o', (protocol, authentication, isEncrypted) => {
    const properties = {
      ...protocol,
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.username': 'alice',
      'sasl.password': 'canary',
    };
    const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
    const folder = temporaryFolder({ 'client.properties': lines.join('') });
    const expected = { authentication, isEncrypted };
    expect(judged(`properties:${join(folder, 'client.properties')}`)).toEqual(expected);
    const variables = Object.entries(properties).map(([name, value]) => [variableOf(name), value] as const);
    expect(judged('variables', Object.fromEntries(variables))).toEqual(expected);
  });
});

describe('a client in this process', () => {
  const aws = { region: 'eu-central-1', profile: 'work' };

  it('has the region and the profile that the command names, before those of the environment', () => {
    const variables = { AWS_REGION: 'us-east-1', HOME: '/home' };
    const address = kafkaAddress(bootstrap, 'iam:eu-west-3', aws);
    expect(clusterAccess(address, variables)).toEqual({
      bootstrap: ['one:9092', 'two:9092'],
      auth: { kind: 'iam', region: 'eu-west-3' },
      variables: { AWS_REGION: 'eu-central-1', HOME: '/home' },
      profile: 'work',
    });
    const plain = kafkaAddress(bootstrap, 'none', { region: undefined, profile: undefined });
    expect(clusterAccess(plain, variables).variables).toEqual(variables);
  });

  it('signs with that profile, before one that properties name', () => {
    const iamAt = (auth: string): unknown => {
      const { kind, ...more } = authenticationAt(kafkaAddress(bootstrap, auth, aws), {});
      return { kind, ...('profile' in more ? { region: more.region, profile: more.profile } : {}) };
    };
    expect(iamAt('iam:eu-west-3')).toEqual({ kind: 'iam', region: 'eu-west-3', profile: 'work' });
    expect(iamAt(iamProperties(' awsProfileName="home"'))).toEqual({
      kind: 'iam',
      region: 'eu-central-1',
      profile: 'work',
    });
  });
});
