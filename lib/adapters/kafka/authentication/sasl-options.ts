import type { Connection, SASLOptions } from '@platformatic/kafka';
import { connectFailureOf, type ConnectFailure } from './connect-failure.ts';
import type { CredentialKeeper, Held } from './credential-keeper.ts';
import {
  saslExchange,
  type SaslApi,
  type SaslCredentials,
  type SaslMechanism,
  type SaslResponse,
} from './sasl-exchange.ts';

/** What a keeper's value must have for SASL. */
export interface WithSasl {
  readonly sasl: SaslCredentials | undefined;
}

/**
 * SASL for the client, in its own shape: credentials are asked for at each connection and each re-authentication, user and
 * password together. Refused ones are fetched again where they can be, and the next connection takes the new ones.
 *
 * @param explain - the error for a refusal that is final; the client passes it on as a cause
 */
export const saslOptions = <Value extends WithSasl>(
  mechanism: SaslMechanism,
  keeper: CredentialKeeper<Value>,
  explain: (failure: ConnectFailure, cause: unknown) => Error,
): SASLOptions => {
  const errorOf = (thrown: unknown, held: Held<Value> | undefined): Error => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const failure = connectFailureOf(error);
    return held && failure?.kind === 'credentials-refused' && keeper.refused(held) === 'final'
      ? explain(failure, error)
      : error;
  };

  const exchange = async (api: SaslApi, connection: Connection): Promise<SaslResponse | Error> => {
    let held: Held<Value> | undefined;
    try {
      held = await keeper.current();
      const { sasl } = held.value;
      if (!sasl) throw new TypeError(`no credentials for ${mechanism}`);
      const response = await saslExchange(sasl, api, connection);
      keeper.accepted(held);
      return response;
    } catch (thrown) {
      return errorOf(thrown, held);
    }
  };

  return {
    mechanism,
    authenticate: (_mechanism, connection, api, _user, _password, _token, callback) => {
      const answer = async (): Promise<void> => {
        const outcome = await exchange(api, connection);
        if (outcome instanceof Error) callback(outcome);
        else callback(null, outcome);
      };
      void answer();
    },
  };
};
