import { ConfigError, type Problem } from '../../../core/errors.ts';
import type {
  Authentication,
  Material,
  Origin,
  Tls,
  TokenSource,
  UserCredentials,
} from './authentication.ts';
import { parseJaas, type JaasEntry } from './jaas.ts';
import type { OAuthClient } from './oauth-tokens.ts';
import { propertiesTls } from './properties-tls.ts';
import { Sensitive } from './sensitive.ts';

/** What the properties are read with. */
export interface PropertiesContext {
  /** Where they stand, for errors: the file's name, or `the environment`. */
  readonly source: string;
  /** `host:port` of brokers; MSK's names tell the region. */
  readonly bootstrap: readonly string[];
  /** `process.env`: `AWS_REGION`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Of AWS; goes before `awsProfileName`. @default that one */
  readonly profile?: string | undefined;
  /** Text of a file that a property names. */
  readonly readText: (path: string) => string;
  readonly tokensOf: (client: OAuthClient) => TokenSource;
}

/** Properties while they are read: what is wrong with any of them is said at once. */
export interface PropertiesReading extends PropertiesContext {
  readonly properties: ReadonlyMap<string, string>;
  readonly problems: Problem[];
}

const iamHandlers = /\.IAM(?:OAuthBearerLogin|Client)CallbackHandler$/;

const jaasOf = ({ properties, problems }: PropertiesReading): JaasEntry | undefined => {
  const text = properties.get('sasl.jaas.config');
  const entry = text === undefined ? undefined : parseJaas(text);
  if (text !== undefined && !entry)
    problems.push({
      path: 'sasl.jaas.config',
      got: 'something that is no entry of a JAAS configuration (not shown: it holds a secret)',
      expected: '<login module> required name="value" …;',
      fix: 'check its quotes, and the semicolon at its end',
    });
  return entry;
};

const userOf = (reading: PropertiesReading, entry: JaasEntry | undefined): UserCredentials => {
  const { properties, problems } = reading;
  const read = (name: string): string => {
    const value = entry?.options.get(name) ?? properties.get(`sasl.${name}`) ?? '';
    if (value === '')
      problems.push({
        path: 'sasl.jaas.config',
        got: `no ${name}`,
        expected: `${name}="…" among its options`,
        fix: `add it, or set sasl.${name}`,
      });
    return value;
  };
  return { username: read('username'), password: new Sensitive(read('password')) };
};

const tokensFrom = (reading: PropertiesReading, entry: JaasEntry | undefined): TokenSource => {
  const { properties, problems, tokensOf } = reading;
  const read = (path: string, value: string | undefined, expected: string): string => {
    if (value === undefined || value === '')
      problems.push({
        path,
        got: 'nothing',
        expected,
        fix: 'set it, as for the OAuth login of Kafka’s own clients',
      });
    return value ?? '';
  };
  const options = entry?.options;
  const given = (option: string, property: string): string | undefined =>
    properties.get(`sasl.oauthbearer.${property}`) ?? options?.get(option);
  const source = tokensOf({
    tokenEndpoint: read(
      'sasl.oauthbearer.token.endpoint.url',
      properties.get('sasl.oauthbearer.token.endpoint.url'),
      'the https address of the token endpoint',
    ),
    clientId: read(
      'sasl.jaas.config',
      given('clientId', 'client.credentials.client.id'),
      'clientId="…" among its options',
    ),
    clientSecret: new Sensitive(
      read(
        'sasl.jaas.config',
        given('clientSecret', 'client.credentials.client.secret'),
        'clientSecret="…" among its options',
      ),
    ),
    scope: given('scope', 'scope'),
  });
  const extensions = [...(options ?? [])]
    .filter(([name]) => name.startsWith('extension_'))
    .map(([name, value]) => [name.slice('extension_'.length), value] as const);
  return { ...source, extensions: Object.fromEntries(extensions) };
};

/** The region in a broker's name: `b-1.….kafka.eu-west-1.amazonaws.com:9098`. */
const regionIn = (broker: string): string | undefined =>
  /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com/.exec(broker)?.[1];

const iamOf = (reading: PropertiesReading, entry: JaasEntry | undefined, tls: Tls): Authentication => {
  const { bootstrap, variables, profile, problems } = reading;
  const region =
    bootstrap.map(regionIn).find((found) => found !== undefined) ??
    variables['AWS_REGION'] ??
    variables['AWS_DEFAULT_REGION'];
  if (region === undefined)
    problems.push({
      path: 'AWS_REGION',
      got: 'nothing, and no broker’s name has a region in it',
      expected: 'the region of the MSK cluster',
      fix: 'set it, such as AWS_REGION=eu-west-1',
    });
  if (entry?.options.has('awsRoleArn'))
    problems.push({
      path: 'sasl.jaas.config',
      got: 'awsRoleArn',
      expected: 'awsProfileName, or nothing',
      fix: 'make a profile with role_arn in ~/.aws/config and name it with awsProfileName',
    });
  return {
    kind: 'iam',
    region: region ?? '',
    profile: profile ?? entry?.options.get('awsProfileName'),
    tls,
  };
};

const saslOf = (reading: PropertiesReading, tls: Tls | undefined): Authentication => {
  const { properties, problems, source } = reading;
  const entry = jaasOf(reading);
  const given = <Sasl>(sasl: Sasl): Origin<Material<Sasl>> => ({
    from: 'given',
    value: { sasl, tls },
    source,
  });
  const handler =
    properties.get('sasl.login.callback.handler.class') ??
    properties.get('sasl.client.callback.handler.class') ??
    '';
  const mechanism = properties.get('sasl.mechanism') ?? 'GSSAPI';
  switch (mechanism) {
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return {
        kind: mechanism === 'SCRAM-SHA-256' ? 'scram-sha-256' : 'scram-sha-512',
        material: given(userOf(reading, entry)),
      };
    case 'PLAIN':
      return { kind: 'plain', material: given(userOf(reading, entry)) };
    case 'AWS_MSK_IAM':
    case 'OAUTHBEARER':
      if (mechanism === 'OAUTHBEARER' && !iamHandlers.test(handler))
        return { kind: 'oauth', material: given(tokensFrom(reading, entry)) };
      if (tls) return iamOf(reading, entry, tls);
      problems.push({
        path: 'security.protocol',
        got: 'SASL_PLAINTEXT',
        expected: 'SASL_SSL: MSK takes its IAM tokens only over TLS',
        fix: 'write SASL_SSL',
      });
      break;
    default:
      problems.push({
        path: 'sasl.mechanism',
        got: properties.has('sasl.mechanism') ? `"${mechanism}"` : 'nothing, which means GSSAPI to Kafka',
        expected: 'SCRAM-SHA-256, SCRAM-SHA-512, PLAIN, OAUTHBEARER or AWS_MSK_IAM',
        fix: 'use one that the cluster offers of these',
      });
  }
  return { kind: 'none' };
};

const protocols: readonly string[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];

/**
 * Makes an authentication of the properties that Kafka's own tools take as `--command-config`. What else stands there is
 * ignored, as they do.
 *
 * @throws {ConfigError} `AUTHENTICATION_INVALID` with everything that cannot serve, at once; no value that may be a secret is shown
 * @see Apache Kafka documentation, "Security"
 */
export const authenticationFromProperties = (
  properties: ReadonlyMap<string, string>,
  context: PropertiesContext,
): Authentication => {
  const problems: Problem[] = [];
  const reading: PropertiesReading = { ...context, properties, problems };
  const protocol = properties.get('security.protocol')?.toUpperCase() ?? 'PLAINTEXT';
  if (!protocols.includes(protocol))
    problems.push({
      path: 'security.protocol',
      got: `"${protocol}"`,
      expected: protocols.join(', '),
      fix: 'write the protocol of the listener that the bootstrap address names',
    });
  const tls = protocol.endsWith('SSL') ? propertiesTls(reading) : undefined;
  const authentication = protocol.startsWith('SASL') ? saslOf(reading, tls) : tlsAlone(tls, context.source);
  if (problems.length > 0)
    throw new ConfigError('AUTHENTICATION_INVALID', {
      message: `${context.source} cannot authenticate a client:`,
      problems,
    });
  return authentication;
};

const tlsAlone = (tls: Tls | undefined, source: string): Authentication =>
  tls === undefined
    ? { kind: 'none' }
    : {
        kind: tls.client ? 'mutual-tls' : 'tls',
        material: { from: 'given', value: { sasl: undefined, tls }, source },
      };
