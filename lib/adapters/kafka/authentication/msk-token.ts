import { createHash, createHmac } from 'node:crypto';
import { ConfigError } from '../../../core/errors.ts';
import { epochMsOf, toIso, type EpochMs } from '../../../core/units.ts';
import type { AwsCredentials } from './aws-credentials.ts';

/** How long MSK takes a token for valid, at most. */
const longestSec = 900;
const service = 'kafka-cluster';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** RFC 3986, as SigV4 asks for it: `encodeURIComponent` leaves five more characters alone. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const queryOf = (parameters: Readonly<Record<string, string>>): string =>
  Object.keys(parameters)
    .toSorted()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&');

export interface MskTokenRequest {
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly now: EpochMs;
  /** Not signed; it stands in the brokers' and CloudTrail's logs. */
  readonly userAgent: string;
}

export interface MskToken {
  readonly token: string;
  readonly expiresAt: EpochMs;
}

/**
 * A token of MSK's IAM access control for SASL/OAUTHBEARER: the presigned URL of a `kafka-cluster:Connect`, base64url.
 *
 * It is valid for 15 minutes, or as long as the credentials are. The host name is only part of what is signed: nothing
 * is ever sent to it, and it is the same in every partition.
 *
 * @throws {ConfigError} `AUTHENTICATION_INVALID` where the credentials have expired
 * @see github.com/aws/aws-msk-iam-sasl-signer-js; AWS IAM user guide, "Create a signed AWS API request"
 */
export const signMskToken = ({ region, credentials, now, userAgent }: MskTokenRequest): MskToken => {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
  const seconds = Math.min(longestSec, Math.floor(((expiresAt ?? Infinity) - now) / 1_000));
  if (seconds <= 0)
    throw new ConfigError('AUTHENTICATION_INVALID', {
      message: `the AWS credentials expired at ${toIso(expiresAt ?? now)}. Fix: sign in again, or set fresh ones`,
    });
  const host = `kafka.${region}.amazonaws.com`;
  const time = toIso(now).replaceAll(/[-:]|\.\d{3}/g, '');
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const parameters = {
    Action: 'kafka-cluster:Connect',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(seconds),
    ...(sessionToken ? { 'X-Amz-Security-Token': sessionToken.reveal() } : {}),
    'X-Amz-SignedHeaders': 'host',
  };
  const canonical = ['GET', '/', queryOf(parameters), `host:${host}`, '', 'host', sha256('')].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey.reveal()}`,
  );
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n'));
  const query = queryOf({
    ...parameters,
    'X-Amz-Signature': signature.toString('hex'),
    'User-Agent': userAgent,
  });
  return {
    token: Buffer.from(`https://${host}/?${query}`).toString('base64url'),
    expiresAt: epochMsOf(Math.floor(now / 1_000) * 1_000 + seconds * 1_000),
  };
};
