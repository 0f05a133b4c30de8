import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AwsCredentials } from '../../../../../lib/adapters/kafka/authentication/aws-credentials.ts';
import { signMskToken } from '../../../../../lib/adapters/kafka/authentication/msk-token.ts';
import { Sensitive } from '../../../../../lib/adapters/kafka/authentication/sensitive.ts';
import { epochMsOf } from '../../../../../lib/core/units.ts';

const now = epochMsOf(Date.parse('2026-03-01T23:59:59.987Z'));
const userAgent = 'aws-msk-iam-sasl-signer-js/1.0.3';

interface Case {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

const ours = ({ accessKeyId, secretAccessKey, sessionToken, expiration }: Case): AwsCredentials => ({
  accessKeyId,
  secretAccessKey: new Sensitive(secretAccessKey),
  sessionToken: sessionToken === undefined ? undefined : new Sensitive(sessionToken),
  expiresAt: expiration && epochMsOf(expiration.getTime()),
});

const users: readonly (readonly [string, Case])[] = [
  [
    'a user',
    { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  ],
  [
    'a role’s session',
    {
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      sessionToken: `IQoJb3JpZ2luX2VjE${'/+='.repeat(40)}!*'()~-_. ü€`,
    },
  ],
  [
    'a session that ends before the token would',
    {
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date(now + 250_000),
    },
  ],
  [
    'a session that ends long after',
    {
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date(now + 3_600_000),
    },
  ],
];

const regions = ['us-east-1', 'eu-central-2', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1'];

describe('a token of MSK’s IAM access control', () => {
  afterEach(() => void vi.useRealTimers());

  it.each(users.flatMap(([who, user]) => regions.map((region) => [who, region, user] as const)))(
    'is what AWS’s own signer makes, byte for byte: %s, in %s',
    async (_, region, user) => {
      vi.useFakeTimers({ now, toFake: ['Date'] });
      const theirs = await generateAuthTokenFromCredentialsProvider({
        region,
        awsCredentialsProvider: async () => user,
      });
      const { token, expiresAt } = signMskToken({ region, credentials: ours(user), now, userAgent });
      expect(token).toBe(theirs.token);
      expect(expiresAt).toBe(theirs.expiryTime);
    },
  );

  it('names the caller, and the time that is left of credentials that end in part of a second', () => {
    const [, [, session]] = users as readonly [unknown, readonly [string, Case]];
    const credentials = ours({ ...session, expiration: new Date(now + 10_400) });
    const { token } = signMskToken({ region: 'eu-west-1', credentials, now, userAgent: 'freshet' });
    const url = new URL(Buffer.from(token, 'base64url').toString('utf8'));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      'User-Agent': 'freshet',
      'X-Amz-Expires': '10',
    });
  });

  it('is not made with credentials that have expired', () => {
    const expired = ours({ accessKeyId: 'A', secretAccessKey: 'canary', expiration: new Date(now - 1) });
    const sign = (): unknown =>
      signMskToken({ region: 'eu-west-1', credentials: expired, now, userAgent: 'freshet' });
    expect(sign).toThrow(
      expect.objectContaining({
        code: 'AUTHENTICATION_INVALID',
        message: expect.stringContaining('2026-03-01T23:59:59.986Z'),
      }),
    );
    expect(sign).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }));
  });
});
