import { readFileSync } from 'node:fs';
import { ConfigError, messageOf } from '../../../core/errors.ts';
import { publicTls, type Authentication, type Material, type Origin } from './authentication.ts';
import { authenticationFromProperties, type PropertiesContext } from './client-properties.ts';
import { propertiesOfVariables } from './client-property-sources.ts';
import { parseJavaProperties } from './java-properties.ts';
import type { LogAuth } from './log-auth.ts';
import { oauthTokens } from './oauth-tokens.ts';
import { systemClock } from '../../system.ts';

export interface ResolveOptions {
  /** `host:port` of brokers. */
  readonly bootstrap: readonly string[];
  /** `process.env` */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Of AWS, for MSK IAM; goes before one that properties name. @default theirs, or AWS's own provider chain */
  readonly profile?: string | undefined;
}

const readText = (path: string): string => readFileSync(path, 'utf8');

const propertiesIn = (file: string): ReadonlyMap<string, string> => {
  try {
    return parseJavaProperties(readText(file));
  } catch (thrown) {
    throw new ConfigError('AUTHENTICATION_INVALID', {
      message: `the properties of the Kafka client cannot be read: ${messageOf(thrown)}. Fix: correct the path`,
      cause: thrown,
    });
  }
};

const publicly: Origin<Material<undefined>> = {
  from: 'given',
  value: { sasl: undefined, tls: publicTls },
  source: 'the authorities that Node trusts',
};

/**
 * Makes an authentication of what `FRESHET_LOG_AUTH` says. Secrets are not fetched yet.
 *
 * @throws {ConfigError} `AUTHENTICATION_INVALID` for properties that cannot serve
 */
export const resolveAuthentication = (
  logAuth: LogAuth,
  { bootstrap, variables, profile }: ResolveOptions,
): Authentication => {
  const fromProperties = (properties: ReadonlyMap<string, string>, source: string): Authentication => {
    const context: PropertiesContext = {
      source,
      bootstrap,
      variables,
      profile,
      readText,
      tokensOf: (client) => oauthTokens(client, systemClock),
    };
    return authenticationFromProperties(properties, context);
  };
  switch (logAuth.kind) {
    case 'none':
      return { kind: 'none' };
    case 'tls':
      return {
        kind: 'tls',
        material: logAuth.secretArn === undefined ? publicly : { from: 'secret', arn: logAuth.secretArn },
      };
    case 'mutual-tls':
    case 'scram-sha-256':
    case 'scram-sha-512':
    case 'plain':
    case 'oauth':
      return { kind: logAuth.kind, material: { from: 'secret', arn: logAuth.secretArn } };
    case 'iam':
      return { kind: 'iam', region: logAuth.region, profile, tls: publicTls };
    case 'properties':
      return fromProperties(propertiesIn(logAuth.file), logAuth.file);
    case 'variables':
      return fromProperties(propertiesOfVariables(variables), 'the environment');
  }
};
