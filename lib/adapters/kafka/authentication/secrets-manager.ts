import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ConfigError, TransientError } from '../../../core/errors.ts';
import type { ReadSecret } from './authentication.ts';

/** Enough for a busy endpoint; a missing one must not cost the whole invocation. */
const timeouts = { connectionTimeout: 3_000, requestTimeout: 5_000 } as const;

/** Answers that blame the caller and yet pass by themselves. */
const throttled: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
]);

const failureOf = (arn: string, thrown: unknown): Error => {
  const { name = '', $fault: fault } = thrown as { readonly name?: string; readonly $fault?: string };
  if (fault === 'client' && !throttled.has(name))
    return new ConfigError('AUTHENTICATION_INVALID', {
      message: `the secret ${arn} cannot be read: Secrets Manager answers ${name}.
  Fix: check the ARN, that the role may secretsmanager:GetSecretValue on it, and kms:Decrypt with its key`,
      cause: thrown,
    });
  return new TransientError('CREDENTIALS_UNAVAILABLE', {
    message: `the secret ${arn} could not be fetched now (${name === '' ? 'no answer' : name}). If this stays: a function in a VPC needs an interface endpoint for Secrets Manager, or a NAT`,
    cause: thrown,
  });
};

/**
 * AWS Secrets Manager; a secret is asked for in the region that its ARN names.
 *
 * @param profile - of AWS; `undefined`: its own provider chain
 */
export const secretsManager = (profile: string | undefined): ReadSecret => {
  const clients = new Map<string, SecretsManagerClient>();
  return async (arn) => {
    const region = arn.split(':')[3] ?? '';
    const client =
      clients.get(region) ??
      new SecretsManagerClient({
        region,
        maxAttempts: 2,
        requestHandler: timeouts,
        ...(profile === undefined ? {} : { profile }),
      });
    clients.set(region, client);
    const { SecretString: text } = await client
      .send(new GetSecretValueCommand({ SecretId: arn }))
      .catch((thrown: unknown) => {
        throw failureOf(arn, thrown);
      });
    if (text === undefined)
      throw new ConfigError('AUTHENTICATION_INVALID', {
        message: `the secret ${arn} is binary. Fix: store key/value pairs`,
      });
    return text;
  };
};
