import { ConfigError, TransientError } from '../../../core/errors.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { TokenSource } from './authentication.ts';
import { CredentialsRefused } from './credentials-refused.ts';
import type { Sensitive } from './sensitive.ts';

/** A client of an OAuth server that is given tokens for itself (grant `client_credentials`). */
export interface OAuthClient {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: Sensitive<string>;
  readonly scope: string | undefined;
}

interface Kept {
  readonly token: string;
  readonly renewAtMs: number;
}

const timeoutMs = 10_000;
/** A token is used for so much of its life: connections that it opens must outlive the opening. */
const usedShare = 0.8;

const addressOf = ({ tokenEndpoint }: OAuthClient): string => {
  const url = URL.parse(tokenEndpoint);
  const isLoopback = url?.hostname === '127.0.0.1' || url?.hostname === 'localhost';
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) return url.href;
  throw new ConfigError('AUTHENTICATION_INVALID', {
    message: `the token endpoint must be an https address, got ${url ? `${url.protocol}//${url.host}` : 'something else'}. Fix: give the address of the OAuth server's token endpoint`,
  });
};

const request = async (client: OAuthClient, address: string): Promise<Response> => {
  const { clientId, clientSecret, scope } = client;
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
  });
  const basic = Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64');
  return fetch(address, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, accept: 'application/json' },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
};

const unavailable = (address: string, what: string, cause?: unknown): TransientError =>
  new TransientError('CREDENTIALS_UNAVAILABLE', {
    message: `no token could be had from ${address} now: ${what}`,
    cause,
  });

const fetchToken = async (client: OAuthClient, now: () => number): Promise<Kept> => {
  const address = addressOf(client);
  const askedAtMs = now();
  const response = await request(client, address).catch((thrown: unknown) => {
    throw unavailable(address, 'no answer', thrown);
  });
  if (response.status === 429 || response.status >= 500)
    throw unavailable(address, `HTTP ${response.status}`);
  if (!response.ok)
    throw new CredentialsRefused(`HTTP ${response.status} of ${address} for the client ${client.clientId}`);
  const answer = (await response.json().catch(() => undefined)) as
    | { readonly access_token?: unknown; readonly expires_in?: unknown }
    | undefined;
  const { access_token: token, expires_in: lifeSec } = answer ?? {};
  if (typeof token !== 'string' || token === '') throw unavailable(address, 'its answer has no access_token');
  return { token, renewAtMs: askedAtMs + (typeof lifeSec === 'number' ? lifeSec * 1_000 * usedShare : 0) };
};

/**
 * Tokens of an OAuth server. One is kept for 80 % of its life; whoever asks while one is being fetched shares it.
 *
 * @throws {CredentialsRefused} from `token`, where the server refuses the client
 * @throws {ConfigError} `AUTHENTICATION_INVALID`, from `token`, for an address that is none
 * @throws {TransientError} `CREDENTIALS_UNAVAILABLE`, from `token`, where it does not answer
 * @see RFC 6749, 4.4
 */
export const oauthTokens = (client: OAuthClient, clock: Pick<Clock, 'now'>): TokenSource => {
  let kept: Kept | undefined;
  let fetching: Promise<Kept> | undefined;
  return {
    token: async () => {
      if (kept && clock.now() < kept.renewAtMs) return kept.token;
      fetching ??= fetchToken(client, () => clock.now()).finally(() => {
        fetching = undefined;
      });
      kept = await fetching;
      return kept.token;
    },
  };
};
