import type { Sensitive } from './sensitive.ts';

/** A user of SASL/SCRAM or SASL/PLAIN. */
export interface UserCredentials {
  readonly username: string;
  readonly password: Sensitive<string>;
}

/** What the brokers know us by in mutual TLS; PEM. */
export interface ClientCertificate {
  /** The certificate, and what leads from it to the authority that the brokers trust. */
  readonly certificate: string;
  readonly privateKey: Sensitive<string>;
  readonly passphrase: Sensitive<string> | undefined;
}

export interface Tls {
  /** Authorities that brokers are checked against, PEM. `undefined`: those that Node trusts, `NODE_EXTRA_CA_CERTS` included. */
  readonly ca: string | undefined;
  readonly client: ClientCertificate | undefined;
  /** Whether a broker's certificate must be for the host name that it is reached by. */
  readonly checkHostname: boolean;
}

/** TLS with the authorities that Node trusts: right for MSK, whose certificates are publicly signed. */
export const publicTls: Tls = { ca: undefined, client: undefined, checkHostname: true };

/** Bearer tokens for SASL/OAUTHBEARER, asked for at each authentication: keeping one while it is valid is the source's own. */
export interface TokenSource {
  token(): Promise<string>;
  /** SASL extensions that go with the token (KIP-342). */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** All that may be rotated together. Without `tls` the connection is not encrypted. */
export interface Material<Sasl> {
  readonly sasl: Sasl;
  readonly tls: Tls | undefined;
}

/** Where something sensitive comes from: a secret is fetched when it is needed, and again when the brokers refuse it. */
export type Origin<Value> =
  | { readonly from: 'secret'; readonly arn: string }
  /** `source` says to a reader where it was found: `client.properties`. */
  | { readonly from: 'given'; readonly value: Value; readonly source: string };

/** Fetches the text of a secret's current version, by its ARN. */
export type ReadSecret = (arn: string) => Promise<string>;

/** How a client proves to the brokers who it is. */
export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'tls'; readonly material: Origin<Material<undefined>> }
  | { readonly kind: 'mutual-tls'; readonly material: Origin<Material<undefined>> }
  | {
      readonly kind: 'scram-sha-256' | 'scram-sha-512' | 'plain';
      readonly material: Origin<Material<UserCredentials>>;
    }
  | { readonly kind: 'oauth'; readonly material: Origin<Material<TokenSource>> }
  /** Access control of Amazon MSK: a token signed with AWS credentials, of `profile` or of the environment. */
  | {
      readonly kind: 'iam';
      readonly region: string;
      readonly profile: string | undefined;
      readonly tls: Tls;
    };

/** Whether what goes between client and brokers is encrypted. With a secret it always is: its forms know nothing else. */
export const isEncrypted = (authentication: Authentication): boolean => {
  if (authentication.kind === 'none') return false;
  if (authentication.kind === 'iam') return true;
  const { material } = authentication;
  return material.from === 'secret' || material.value.tls !== undefined;
};

const names: Readonly<Record<Authentication['kind'], string>> = {
  none: 'no authentication',
  tls: 'TLS',
  'mutual-tls': 'mutual TLS',
  'scram-sha-256': 'SASL/SCRAM-SHA-256',
  'scram-sha-512': 'SASL/SCRAM-SHA-512',
  plain: 'SASL/PLAIN',
  oauth: 'SASL/OAUTHBEARER',
  iam: 'MSK IAM',
};

/** For people: how, and with whose word. Nothing secret is in it. */
export const describeAuthentication = (authentication: Authentication): string => {
  const name = names[authentication.kind];
  if (authentication.kind === 'none') return name;
  if (authentication.kind === 'iam') return `${name} in ${authentication.region}`;
  const { material } = authentication;
  return `${name} by ${material.from === 'secret' ? material.arn : material.source}`;
};
