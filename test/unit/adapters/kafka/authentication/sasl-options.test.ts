import { Connection, ResponseError, type SASLOptions } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { CredentialKeeper } from '../../../../../lib/adapters/kafka/authentication/credential-keeper.ts';
import { CredentialsRefused } from '../../../../../lib/adapters/kafka/authentication/credentials-refused.ts';
import type {
  SaslCredentials,
  SaslResponse,
} from '../../../../../lib/adapters/kafka/authentication/sasl-exchange.ts';
import { saslOptions, type WithSasl } from '../../../../../lib/adapters/kafka/authentication/sasl-options.ts';
import { Sensitive } from '../../../../../lib/adapters/kafka/authentication/sensitive.ts';
import { ConfigError, TransientError } from '../../../../../lib/core/errors.ts';

type Authenticate = NonNullable<SASLOptions['authenticate']>;
type Api = Parameters<Authenticate>[2];

const response = (authBytes = ''): SaslResponse => ({
  errorCode: 0,
  errorMessage: null,
  authBytes: Buffer.from(authBytes),
  sessionLifetimeMs: 0n,
});

/** A broker: what it was sent, and how it answers. */
const broker = (answer: (message: string) => SaslResponse | Error) => {
  const messages: string[] = [];
  const reply = (bytes: Buffer): SaslResponse | Error => {
    messages.push(bytes.toString('utf8'));
    return answer(bytes.toString('utf8'));
  };
  const api = ((
    _connection: Connection,
    bytes: Buffer,
    done: (error: Error | null, value?: SaslResponse) => void,
  ) => {
    const said = reply(bytes);
    if (said instanceof Error) done(said);
    else done(null, said);
  }) as unknown as Api;
  return { api, messages };
};

const refusal = new ResponseError(36, 2, { '/': [58, 'Invalid username or password'] }, {});

/** What the client is told of one authentication. */
const authenticate = async (
  { authenticate: run, mechanism }: SASLOptions,
  api: Api,
): Promise<SaslResponse | Error | undefined> => {
  const { promise, resolve } = Promise.withResolvers<SaslResponse | Error | undefined>();
  run?.(mechanism, new Connection('test'), api, undefined, undefined, undefined, (error, answer) =>
    resolve(error ?? answer),
  );
  return promise;
};

const user = (password: string): WithSasl => ({
  sasl: { mechanism: 'PLAIN', user: { username: 'alice', password: new Sensitive(password) } },
});
const bearer = (token: () => Promise<string>, extensions = {}): WithSasl => ({
  sasl: { mechanism: 'OAUTHBEARER', tokens: { token, extensions } },
});

const keeperOf = (values: readonly WithSasl[], isRenewable = true) => {
  let fetched = 0;
  const keeper = new CredentialKeeper(async () => {
    fetched += 1;
    return values[Math.min(fetched, values.length) - 1] ?? { sasl: undefined };
  }, isRenewable);
  return { keeper, fetched: () => fetched };
};

const explained = new ConfigError('AUTHENTICATION_REFUSED', { message: 'explained' });
const optionsOf = (
  mechanism: SaslCredentials['mechanism'],
  keeper: CredentialKeeper<WithSasl>,
): SASLOptions => saslOptions(mechanism, keeper, () => explained);

const accepts = (password: string) => (message: string) =>
  message === `\0alice\0${password}` ? response() : refusal;

describe('SASL for the client', () => {
  it('sends user and password of one secret', async () => {
    const { keeper } = keeperOf([user('p1')]);
    const { api, messages } = broker(accepts('p1'));
    expect(await authenticate(optionsOf('PLAIN', keeper), api)).toEqual(response());
    expect(messages).toEqual(['\0alice\0p1']);
    expect(keeper.wasAccepted).toBe(true);
  });

  it('fetches what was refused again, and the client’s next connection uses it', async () => {
    const { keeper, fetched } = keeperOf([user('old'), user('new')]);
    const { api } = broker(accepts('new'));
    const options = optionsOf('PLAIN', keeper);
    expect(await authenticate(options, api)).toBe(refusal);
    expect(await authenticate(options, api)).toEqual(response());
    expect(fetched()).toBe(2);
  });

  it('fetches once for connections that are refused together', async () => {
    const { keeper, fetched } = keeperOf([user('old'), user('new')]);
    const { api } = broker(accepts('new'));
    const options = optionsOf('PLAIN', keeper);
    const five = async () => Promise.all(Array.from({ length: 5 }, async () => authenticate(options, api)));
    expect(await five()).toEqual(Array.from({ length: 5 }, () => refusal));
    expect(await five()).toEqual(Array.from({ length: 5 }, () => response()));
    expect(fetched()).toBe(2);
  });

  it('explains what is refused again', async () => {
    const { keeper } = keeperOf([user('old'), user('also old')]);
    const { api } = broker(accepts('new'));
    const options = optionsOf('PLAIN', keeper);
    expect(await authenticate(options, api)).toBe(refusal);
    expect(await authenticate(options, api)).toBe(explained);
  });

  it('explains at once what cannot be fetched again', async () => {
    const { keeper } = keeperOf([user('old')], false);
    expect(await authenticate(optionsOf('PLAIN', keeper), broker(accepts('new')).api)).toBe(explained);
  });

  it('fetches nothing again for what is no refusal', async () => {
    const { keeper, fetched } = keeperOf([user('p1')]);
    const busy = new ResponseError(36, 2, { '/': [58, '[1]: Too many connects'] }, {});
    const { api } = broker(() => busy);
    const options = optionsOf('PLAIN', keeper);
    for (let times = 0; times < 3; times += 1) expect(await authenticate(options, api)).toBe(busy);
    expect(fetched()).toBe(1);
  });

  it('sends a token and its extensions, a new one each time', async () => {
    let count = 0;
    const { keeper } = keeperOf([bearer(async () => `t${(count += 1)}`, { logicalCluster: 'lkc-1' })]);
    const { api, messages } = broker(() => response());
    const options = optionsOf('OAUTHBEARER', keeper);
    await authenticate(options, api);
    await authenticate(options, api);
    expect(messages).toEqual([
      'n,,\x01auth=Bearer t1\x01logicalCluster=lkc-1\x01\x01',
      'n,,\x01auth=Bearer t2\x01logicalCluster=lkc-1\x01\x01',
    ]);
  });

  it.each(['{"status":"invalid_token"}', 'no JSON', '[]'])(
    'takes an answer to a token for the refusal that it is: %s',
    async (answer) => {
      const { keeper } = keeperOf([bearer(async () => 'canary')], false);
      const { api } = broker(() => response(answer));
      expect(await authenticate(optionsOf('OAUTHBEARER', keeper), api)).toBe(explained);
    },
  );

  it('fetches a client again that the OAuth server refuses, once', async () => {
    const refusedClient = new CredentialsRefused('HTTP 401');
    const failing = bearer(async () => {
      throw refusedClient;
    });
    const { keeper, fetched } = keeperOf([failing, failing]);
    const { api } = broker(() => response());
    const options = optionsOf('OAUTHBEARER', keeper);
    expect(await authenticate(options, api)).toBe(refusedClient);
    expect(await authenticate(options, api)).toBe(explained);
    expect(fetched()).toBe(2);
  });

  it.each([
    new ConfigError('AUTHENTICATION_INVALID', { message: 'binary' }),
    new TransientError('CREDENTIALS_UNAVAILABLE', { message: 'no answer' }),
  ])('tells why there are no credentials: %s', async (error) => {
    const fetch = async (): Promise<WithSasl> => {
      throw error;
    };
    const options = optionsOf('PLAIN', new CredentialKeeper(fetch, true));
    expect(await authenticate(options, broker(() => response()).api)).toBe(error);
  });
});
