import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeAuthentication } from '../../../../../lib/adapters/kafka/authentication/authentication.ts';
import { variableOf } from '../../../../../lib/adapters/kafka/authentication/client-property-sources.ts';
import type { LogAuth } from '../../../../../lib/adapters/kafka/authentication/log-auth.ts';
import { resolveAuthentication } from '../../../../../lib/adapters/kafka/authentication/resolve-authentication.ts';
import { configErrorOf } from '../../../../support/config-error.ts';
import { temporaryFolder } from '../../../../support/folder.ts';

const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf';
const options = { bootstrap: ['localhost:9092'], variables: {} };

const user = { username: 'alice', password: 'canary' };
const jaas = `x.PlainLoginModule required username="${user.username}" \\\n  password="${user.password}";`;

describe('an authentication', () => {
  it.each<[LogAuth, string]>([
    [{ kind: 'none' }, 'no authentication'],
    [{ kind: 'tls', secretArn: undefined }, 'TLS by the authorities that Node trusts'],
    [{ kind: 'tls', secretArn }, `TLS by ${secretArn}`],
    [{ kind: 'mutual-tls', secretArn }, `mutual TLS by ${secretArn}`],
    [{ kind: 'scram-sha-256', secretArn }, `SASL/SCRAM-SHA-256 by ${secretArn}`],
    [{ kind: 'scram-sha-512', secretArn }, `SASL/SCRAM-SHA-512 by ${secretArn}`],
    [{ kind: 'plain', secretArn }, `SASL/PLAIN by ${secretArn}`],
    [{ kind: 'oauth', secretArn }, `SASL/OAUTHBEARER by ${secretArn}`],
    [{ kind: 'iam', region: 'eu-west-1' }, 'MSK IAM in eu-west-1'],
  ])('%o is one, and can be told', (logAuth, expected) => {
    const authentication = resolveAuthentication(logAuth, options);
    expect(authentication.kind).toBe(logAuth.kind);
    expect(describeAuthentication(authentication)).toBe(expected);
  });

  it('may be in a file of Kafka’s own tools', () => {
    const folder = temporaryFolder({
      'client.properties': `security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=${jaas}\n`,
    });
    const file = join(folder, 'client.properties');
    const authentication = resolveAuthentication({ kind: 'properties', file }, options);
    expect(authentication).toMatchObject({
      kind: 'plain',
      material: { value: { sasl: { username: 'alice' } } },
    });
    expect(describeAuthentication(authentication)).toBe(`SASL/PLAIN by ${file}`);
  });

  it('says which file cannot be read', () => {
    const error = configErrorOf(() =>
      resolveAuthentication({ kind: 'properties', file: '/nowhere/x' }, options),
    );
    expect(error).toMatchObject({
      code: 'AUTHENTICATION_INVALID',
      message: expect.stringContaining('/nowhere/x'),
    });
  });

  it('may be in environment variables', () => {
    const variables = {
      [variableOf('security.protocol')]: 'SASL_SSL',
      [variableOf('sasl.mechanism')]: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'alice',
      KAFKA_SASL_PASSWORD: 'canary',
    };
    expect(Object.keys(variables)).toContain('KAFKA_SECURITY_PROTOCOL');
    expect(resolveAuthentication({ kind: 'variables' }, { ...options, variables })).toMatchObject({
      kind: 'scram-sha-512',
      material: { value: { sasl: { username: 'alice' } }, source: 'the environment' },
    });
    expect(resolveAuthentication({ kind: 'variables' }, options)).toEqual({ kind: 'none' });
  });
});
