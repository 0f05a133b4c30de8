import {
  saslOAuthBearer,
  saslPlain,
  saslScramSha,
  type Connection,
  type SASLCustomAuthenticator,
  type saslAuthenticateV2,
} from '@platformatic/kafka';
import type { TokenSource, UserCredentials } from './authentication.ts';
import { CredentialsRefused } from './credentials-refused.ts';

/** A mechanism and the credentials it takes, ready to be used once. */
export type SaslCredentials =
  | { readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'PLAIN'; readonly user: UserCredentials }
  | { readonly mechanism: 'OAUTHBEARER'; readonly tokens: TokenSource };

/** Sends one message of a mechanism and answers with the broker's. */
export type SaslApi = Parameters<SASLCustomAuthenticator>[2];
export type SaslResponse = saslAuthenticateV2.SaslAuthenticateResponse;

export type SaslMechanism = SaslCredentials['mechanism'];

/** What a broker answers to a token that it does not take: no error of the protocol, but a JSON text. @see RFC 7628, 3.2.2 */
const statusOf = (answer: Buffer): string => {
  try {
    const { status } = JSON.parse(answer.toString('utf8')) as { readonly status?: unknown };
    return typeof status === 'string' ? status : 'no status';
  } catch {
    return 'an answer that is not JSON';
  }
};

/**
 * Goes through a mechanism's messages over the client's own implementation of it.
 *
 * @throws what the client throws, {@link CredentialsRefused}, and what a token source throws
 */
export const saslExchange = async (
  credentials: SaslCredentials,
  api: SaslApi,
  connection: Connection,
): Promise<SaslResponse> => {
  switch (credentials.mechanism) {
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512': {
      const { username, password } = credentials.user;
      const algorithm = credentials.mechanism === 'SCRAM-SHA-256' ? 'SHA-256' : 'SHA-512';
      return saslScramSha.authenticate(api, connection, algorithm, username, password.reveal());
    }
    case 'PLAIN': {
      const { username, password } = credentials.user;
      return saslPlain.authenticate(api, connection, username, password.reveal());
    }
    case 'OAUTHBEARER': {
      const { tokens } = credentials;
      const response = await saslOAuthBearer.authenticate(api, connection, await tokens.token(), {
        ...tokens.extensions,
      });
      // The client takes any answer for a success.
      if (response.authBytes.length > 0) throw new CredentialsRefused(statusOf(response.authBytes));
      return response;
    }
  }
};
