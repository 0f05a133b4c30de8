import type { Clock } from '../../../core/ports/clock.ts';
import type { Authentication, Material, Origin, ReadSecret, Tls, TokenSource } from './authentication.ts';
import { awsCredentials } from './aws-credentials.ts';
import { signMskToken } from './msk-token.ts';
import { oauthTokens } from './oauth-tokens.ts';
import type { SaslCredentials } from './sasl-exchange.ts';
import { mutualTlsMaterial, oauthMaterial, tlsMaterial, userMaterial } from './secret-material.ts';
import { secureContextOf } from './secure-context.ts';
import type { PreparedTls } from './tls-options.ts';

/** Credentials as a connection uses them. */
export interface Prepared {
  readonly sasl: SaslCredentials | undefined;
  /** `undefined`: not encrypted. */
  readonly tls: PreparedTls | undefined;
}

export interface PrepareOptions {
  readonly readSecret: ReadSecret;
  /** `process.env` */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now'>;
}

const fetchMaterial = async <Sasl>(
  origin: Origin<Material<Sasl>>,
  readSecret: ReadSecret,
  parse: (arn: string, text: string) => Material<Sasl>,
): Promise<Material<Sasl>> =>
  origin.from === 'given' ? origin.value : parse(origin.arn, await readSecret(origin.arn));

const prepareTls = (tls: Tls | undefined, source: string): PreparedTls | undefined =>
  tls && { context: secureContextOf(tls, source), checkHostname: tls.checkHostname };

const sourceOf = (origin: Origin<unknown>): string =>
  origin.from === 'secret' ? `the secret ${origin.arn}` : origin.source;

/** Signs a token for each authentication: there is nothing to keep, and none is ever old. */
const mskTokens = (
  { region, profile }: Extract<Authentication, { kind: 'iam' }>,
  { variables, clock }: PrepareOptions,
): TokenSource => {
  const credentials = awsCredentials({ variables, region, profile });
  return {
    token: async () =>
      signMskToken({ region, credentials: await credentials(), now: clock.now(), userAgent: 'freshet' })
        .token,
  };
};

/**
 * Fetches what an authentication needs, and makes of it what connections use.
 *
 * @throws {ConfigError} `AUTHENTICATION_INVALID` for what cannot be used
 * @throws {TransientError} `CREDENTIALS_UNAVAILABLE` for what could not be fetched now
 */
export const prepare = async (
  authentication: Exclude<Authentication, { kind: 'none' }>,
  options: PrepareOptions,
): Promise<Prepared> => {
  const { readSecret, clock } = options;
  switch (authentication.kind) {
    case 'tls':
    case 'mutual-tls': {
      const parse = authentication.kind === 'tls' ? tlsMaterial : mutualTlsMaterial;
      const { tls } = await fetchMaterial(authentication.material, readSecret, parse);
      return { sasl: undefined, tls: prepareTls(tls, sourceOf(authentication.material)) };
    }
    case 'scram-sha-256':
    case 'scram-sha-512':
    case 'plain': {
      const { material, kind } = authentication;
      const { sasl: user, tls } = await fetchMaterial(material, readSecret, userMaterial);
      const mechanism = mechanismOf[kind];
      return { sasl: { mechanism, user }, tls: prepareTls(tls, sourceOf(material)) };
    }
    case 'oauth': {
      const { material } = authentication;
      const { sasl: tokens, tls } = await fetchMaterial(material, readSecret, (arn, text) =>
        oauthMaterial(arn, text, (client) => oauthTokens(client, clock)),
      );
      return { sasl: { mechanism: 'OAUTHBEARER', tokens }, tls: prepareTls(tls, sourceOf(material)) };
    }
    case 'iam':
      return {
        sasl: { mechanism: 'OAUTHBEARER', tokens: mskTokens(authentication, options) },
        tls: prepareTls(authentication.tls, 'MSK IAM'),
      };
  }
};

const mechanismOf = {
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
  plain: 'PLAIN',
} as const;
