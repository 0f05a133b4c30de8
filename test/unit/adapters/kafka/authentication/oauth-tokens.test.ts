import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { CredentialsRefused } from '../../../../../lib/adapters/kafka/authentication/credentials-refused.ts';
import { oauthTokens } from '../../../../../lib/adapters/kafka/authentication/oauth-tokens.ts';
import { Sensitive } from '../../../../../lib/adapters/kafka/authentication/sensitive.ts';
import { TransientError } from '../../../../../lib/core/errors.ts';
import { epochMsOf } from '../../../../../lib/core/units.ts';
import { startDownstream, status, type Answering, type Downstream } from '../../../../support/downstream.ts';

let running: Downstream[] = [];
afterEach(async () => {
  await Promise.all(running.map((one) => one.close()));
  running = [];
});

const json =
  (body: unknown): Answering =>
  (response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const opened = async (answer: Answering, scope?: string) => {
  const server = await startDownstream(answer);
  running.push(server);
  let now = 0;
  const tokens = oauthTokens(
    { tokenEndpoint: `${server.url}/token`, clientId: 'me', clientSecret: new Sensitive('canary'), scope },
    { now: () => epochMsOf(now) },
  );
  return { tokens, seen: server.seen, passes: (ms: number) => void (now += ms), server };
};

const thrownBy = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => {
      throw new Error('expected an error');
    },
    (thrown: unknown) => thrown,
  );

describe('tokens of an OAuth server', () => {
  it('are asked for as client credentials', async () => {
    const { tokens, seen } = await opened(json({ access_token: 't1', expires_in: 60 }), 'kafka read');
    expect(await tokens.token()).toBe('t1');
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/token',
      body: 'grant_type=client_credentials&scope=kafka+read',
      headers: { authorization: `Basic ${Buffer.from('me:canary').toString('base64')}` },
    });
  });

  it('are kept for most of their life, and renewed before it ends', async () => {
    let count = 0;
    const { tokens, passes } = await opened((response, request) =>
      json({ access_token: `t${(count += 1)}`, expires_in: 100 })(response, request),
    );
    const seen = [await tokens.token()];
    passes(79_999);
    seen.push(await tokens.token());
    passes(1);
    seen.push(await tokens.token());
    expect(seen).toEqual(['t1', 't1', 't2']);
  });

  it('without a known end are used once', async () => {
    const { tokens, seen } = await opened(json({ access_token: 't' }));
    await tokens.token();
    await tokens.token();
    expect(seen).toHaveLength(2);
  });

  it('are fetched once for whoever asks at the same time', async () => {
    const { tokens, seen } = await opened(json({ access_token: 't', expires_in: 60 }));
    expect(await Promise.all([tokens.token(), tokens.token(), tokens.token()])).toEqual(['t', 't', 't']);
    expect(seen).toHaveLength(1);
  });

  it('are asked for again after a failure', async () => {
    const answers = [status(503), json({ access_token: 't', expires_in: 60 })];
    const { tokens } = await opened((response, request) => answers.shift()?.(response, request));
    expect(await thrownBy(tokens.token())).toBeInstanceOf(TransientError);
    expect(await tokens.token()).toBe('t');
  });

  it.each([400, 401, 403])('that are refused with %i are told so', async (code) => {
    const { tokens, server } = await opened(status(code));
    const error = await thrownBy(tokens.token());
    expect(error).toBeInstanceOf(CredentialsRefused);
    expect(error).toMatchObject({ detail: `HTTP ${code} of ${server.url}/token for the client me` });
    expect(inspect(error, { depth: Infinity })).not.toContain('canary');
  });

  it.each<[string, Answering]>([
    ['429', status(429)],
    ['500', status(500)],
    ['no JSON', (response) => void response.end('canary')],
    ['no token', json({ token: 'canary' })],
    [
      'a redirect',
      (response, request) =>
        (request.url === '/token' ? status(302, { location: '/canary' }) : json({ access_token: 'canary' }))(
          response,
          request,
        ),
    ],
    ['a broken connection', (response) => void response.destroy()],
  ])('that are answered with %s may be there later', async (_, answer) => {
    const { tokens } = await opened(answer);
    const error = await thrownBy(tokens.token());
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNAVAILABLE' });
    expect(inspect(error, { depth: Infinity })).not.toContain('canary');
  });

  it.each(['http://example.com/token', 'ftp://example.com', 'example.com/token', ''])(
    'are not asked for at "%s"',
    async (tokenEndpoint) => {
      const tokens = oauthTokens(
        { tokenEndpoint, clientId: 'me', clientSecret: new Sensitive('canary'), scope: undefined },
        { now: () => epochMsOf(0) },
      );
      expect(await thrownBy(tokens.token())).toMatchObject({ code: 'AUTHENTICATION_INVALID' });
    },
  );
});
