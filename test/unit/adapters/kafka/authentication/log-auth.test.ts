import { describe, expect, it } from 'vitest';
import {
  describeBadLogAuth,
  parseLogAuth,
} from '../../../../../lib/adapters/kafka/authentication/log-auth.ts';

const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:AmazonMSK_freshet-AbCdEf';

describe('FRESHET_LOG_AUTH', () => {
  it.each([
    ['none', { kind: 'none' }],
    ['variables', { kind: 'variables' }],
    ['tls', { kind: 'tls', secretArn: undefined }],
    [`tls:${arn}`, { kind: 'tls', secretArn: arn }],
    [`mtls:${arn}`, { kind: 'mutual-tls', secretArn: arn }],
    [`scram-256:${arn}`, { kind: 'scram-sha-256', secretArn: arn }],
    [`scram-512:${arn}`, { kind: 'scram-sha-512', secretArn: arn }],
    [`plain:${arn}`, { kind: 'plain', secretArn: arn }],
    [`oauth:${arn}`, { kind: 'oauth', secretArn: arn }],
    ['iam:eu-west-1', { kind: 'iam', region: 'eu-west-1' }],
    ['iam:us-gov-west-1', { kind: 'iam', region: 'us-gov-west-1' }],
    ['iam:cn-northwest-1', { kind: 'iam', region: 'cn-northwest-1' }],
    ['properties:/etc/kafka/client.properties', { kind: 'properties', file: '/etc/kafka/client.properties' }],
    ['properties:C:\\client.properties', { kind: 'properties', file: 'C:\\client.properties' }],
  ])('%s is understood', (text, expected) => {
    expect(parseLogAuth(text)).toEqual(expected);
  });

  it.each([
    'arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a-AbCdEf',
    'arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:a/b-AbCdEf',
  ])('takes the secret %s of another partition', (secretArn) => {
    expect(parseLogAuth(`plain:${secretArn}`)).toEqual({ kind: 'plain', secretArn });
  });

  it.each([
    '',
    'None',
    'none:',
    'scram-512',
    'scram-512:',
    'scram-512:alice:secret',
    'iam',
    'iam:Ireland',
    'mtls',
    'oauth:https://example.com',
    'properties:',
    `sasl:${arn}`,
    `constructor:${arn}`,
    'scram-512:arn:aws:iam::111122223333:role/x',
  ])('"%s" is not', (text) => {
    expect(parseLogAuth(text)).toBeUndefined();
  });

  it.each(['scram-512:alice:canary', 'canary', 'canary:x', 'plain:canary', `toString:canary`])(
    'is described without what may be a secret: %s',
    (text) => {
      expect(describeBadLogAuth(text)).not.toContain('canary');
    },
  );

  it('is described as far as it was understood', () => {
    expect(describeBadLogAuth('scram-512:alice:x')).toContain('"scram-512:"');
    expect(describeBadLogAuth('iam:Ireland')).toContain('a region');
  });
});
