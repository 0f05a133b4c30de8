import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { http, post, put, type HttpRequest } from '../../../lib/adapters/http.ts';
import { answerOfFailure } from '../../../lib/adapters/http-answer.ts';
import { param, type SendAnswer, type SendCall } from '../../../lib/core/stages/action.ts';
import { startDownstream, status, type Answering, type Downstream } from '../../support/downstream.ts';

const call = (options: Partial<SendCall> = {}): SendCall => ({
  key: 'key-1',
  signal: new AbortController().signal,
  timeoutMs: 10_000,
  trace: undefined,
  ...options,
});

const keyed = http({ baseUrl: param('URL'), keyHeader: 'Idempotency-Key' });
const request: HttpRequest = post('/warnings', { flight: 'AA1', score: 0.5 });

let running: Downstream[] = [];
const downstream = async (answer: Answering): Promise<Downstream> => {
  const started = await startDownstream(answer);
  running.push(started);
  return started;
};
afterEach(async () => {
  await Promise.all(running.map((one) => one.close()));
  running = [];
});

const ask = async (answer: Answering, options?: Partial<SendCall>): Promise<SendAnswer> => {
  const { url } = await downstream(answer);
  return keyed.open({ URL: url }).send(request, call(options));
};

/** A port that nobody listens on. */
const closedPort = async (): Promise<number> => {
  const closed = await startDownstream(status(200));
  await closed.close();
  return closed.port;
};

describe('what is sent', () => {
  it('is the frozen request, with its key and trace, byte for byte the same each time', async () => {
    const { url, seen } = await downstream(status(201));
    const transport = keyed.open({ URL: `${url}/v1/` });
    const tracestate = 'vendor=a1';
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await transport.send(request, call({ trace: { traceparent, tracestate } }));
    await transport.send(request, call());

    expect(seen).toHaveLength(2);
    const [first, second] = seen;
    expect(first).toMatchObject({
      method: 'POST',
      url: '/v1/warnings',
      body: '{"flight":"AA1","score":0.5}',
      headers: { 'idempotency-key': 'key-1', 'content-type': 'application/json', traceparent, tracestate },
    });
    expect(second?.headers).not.toHaveProperty('traceparent');
    expect([second?.method, second?.url, second?.body, second?.headers['idempotency-key']]).toEqual([
      first?.method,
      first?.url,
      first?.body,
      'key-1',
    ]);
  });

  it('can be a PUT', async () => {
    const { url, seen } = await downstream(status(200));
    await keyed.open({ URL: url }).send(put('/flights/AA1', { warned: true }), call());
    expect(seen[0]).toMatchObject({ method: 'PUT', url: '/flights/AA1', body: '{"warned":true}' });
  });

  it('carries constant headers and parameters', async () => {
    const { url, seen } = await downstream(status(200));
    const transport = http({
      baseUrl: param('URL'),
      keyHeader: 'Idempotency-Key',
      headers: { authorization: param('TOKEN'), 'x-team': 'airport' },
    });
    expect(transport.params.map(({ name }) => name)).toEqual(['URL', 'TOKEN']);
    await transport.open({ URL: url, TOKEN: 'Bearer abc' }).send(request, call());
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer abc', 'x-team': 'airport' });
  });

  it('goes over a connection that is kept, with a key', async () => {
    const { url, seen } = await downstream((response) => response.end('recorded'));
    const transport = keyed.open({ URL: url });
    await transport.send(request, call());
    // The body of the first answer is read on in the background, and its connection is free only then.
    await expect
      .poll(async () => {
        await transport.send(request, call());
        return seen.at(-1)?.port === seen.at(-2)?.port;
      })
      .toBe(true);
  });

  it('has a connection of its own without a key, for an idle one that was closed would leave it in doubt', async () => {
    const { url, seen } = await downstream(status(200));
    const transport = http({ baseUrl: param('URL') });
    expect([keyed.keyed, transport.keyed]).toEqual([true, false]);
    const opened = transport.open({ URL: url });
    await opened.send(request, call());
    await opened.send(request, call());
    expect(seen[0]?.headers).not.toHaveProperty('idempotency-key');
    expect(seen.map(({ headers }) => headers.connection)).toEqual(['close', 'close']);
    expect(seen[0]?.port).not.toBe(seen[1]?.port);
  });

  it.each(['/../admin', '/%2e%2e/admin'] as const)('never leaves the base URL: %s', async (path) => {
    const { url, seen } = await downstream(status(200));
    const answer = await keyed.open({ URL: `${url}/v1` }).send(post(path, {}), call());
    expect(answer.kind).toBe('refused');
    expect(seen).toEqual([]);
  });

  it('stays with its host where a path looks like an address', async () => {
    const { url, seen } = await downstream(status(200));
    await keyed.open({ URL: url }).send(post('//elsewhere.example/warnings', {}), call());
    expect(seen[0]?.url).toBe('//elsewhere.example/warnings');
  });

  it.each([
    null,
    'POST /warnings',
    [],
    {},
    { path: '/warnings', body: {} },
    { method: 'GET', path: '/warnings', body: {} },
    { method: 'POST', path: 7, body: {} },
    { method: 'POST', path: 'warnings', body: {} },
    { method: 'POST', path: '/warnings' },
  ])('is nothing where %j was frozen, which is no request', async (frozen) => {
    const { url, seen } = await downstream(status(200));
    const answer = await keyed.open({ URL: url }).send(frozen, call());
    expect(answer.kind).toBe('refused');
    expect(seen).toEqual([]);
  });

  it('is nothing where no header can carry the key', async () => {
    const { url, seen } = await downstream(status(200));
    const answer = await keyed.open({ URL: url }).send(request, call({ key: 'a\nb' }));
    expect(answer.kind).toBe('refused');
    expect(seen).toEqual([]);
  });
});

describe('what the answer says', () => {
  it.each([200, 201, 202, 204])('%i: done', async (code) => {
    expect(await ask(status(code))).toEqual({ kind: 'done', evidence: `HTTP ${code}` });
  });

  it('keeps as evidence what names the request there, bounded, and never the body', async () => {
    const answer = await ask((response) => {
      response.writeHead(201, { 'x-request-id': 'r'.repeat(500) }).end('{"secret":1}');
    });
    expect(answer).toEqual({ kind: 'done', evidence: `HTTP 201, x-request-id ${'r'.repeat(120)}` });
  });

  it('is done once the status is known, though the body never ends', async () => {
    const answer = await ask((response) => {
      response.writeHead(200);
      response.write('a beginning');
    });
    expect(answer.kind).toBe('done');
  });

  it.each([207, 500, 502, 503, 504, 408, 409, 425])('%i: unknown', async (code) => {
    expect(await ask(status(code))).toMatchObject({ kind: 'unknown', detail: `HTTP ${code}` });
  });

  it.each([400, 401, 403, 404, 410, 413, 422])('%i: refused for good', async (code) => {
    expect(await ask(status(code))).toEqual({ kind: 'refused', detail: `HTTP ${code}` });
  });

  it.each([301, 302, 303, 307, 308])('%i: refused, for redirects are not followed', async (code) => {
    const elsewhere = await downstream(status(200));
    const answer = await ask(status(code, { location: elsewhere.url }));
    expect(answer.kind).toBe('refused');
    expect(answer.kind === 'refused' && answer.detail).toContain('not followed');
    expect(elsewhere.seen).toEqual([]);
  });

  it('429: certainly not done, and when to come back', async () => {
    expect(await ask(status(429, { 'retry-after': '7' }))).toEqual({
      kind: 'not-done',
      detail: 'HTTP 429',
      code: 'HTTP_429',
      retryAfterMs: 7_000,
    });
  });

  it('503 with Retry-After: unknown, and when to come back', async () => {
    expect(await ask(status(503, { 'retry-after': '3' }))).toMatchObject({
      kind: 'unknown',
      retryAfterMs: 3_000,
    });
  });
});

describe('where there is no answer', () => {
  const refusedAt = (syscall: string) => ({ code: 'ECONNREFUSED', syscall });
  const unreachableAt = (syscall: string) => ({ code: 'ENETUNREACH', syscall });

  it('a refused connection is certainly not done', async () => {
    const answer = await keyed.open({ URL: `http://127.0.0.1:${await closedPort()}` }).send(request, call());
    expect(answer).toMatchObject({
      kind: 'not-done',
      detail: 'no connection (ECONNREFUSED)',
      code: 'ECONNREFUSED',
    });
  });

  it('a refused connection on every address of a name is certainly not done', async () => {
    const answer = await keyed.open({ URL: `http://localhost:${await closedPort()}` }).send(request, call());
    expect(answer.kind).toBe('not-done');
  });

  it('a downstream that speaks no TLS is certainly not done', async () => {
    const { port, seen } = await downstream(status(200));
    const answer = await keyed.open({ URL: `https://127.0.0.1:${port}` }).send(request, call());
    expect(answer.kind).toBe('not-done');
    expect(seen).toEqual([]);
  });

  it.each([
    [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'not-done'],
    [{ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }, 'not-done'],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, 'not-done'],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'not-done'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'not-done'],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'not-done'],
    [refusedAt('connect'), 'not-done'],
    [{ errors: [refusedAt('connect'), unreachableAt('connect')] }, 'not-done'],
    [{ errors: [refusedAt('connect'), unreachableAt('read')] }, 'unknown'],
    [refusedAt('read'), 'unknown'],
    [{ code: 'EHOSTUNREACH', syscall: 'read' }, 'unknown'],
    [unreachableAt('write'), 'unknown'],
    [{ code: 'ECONNRESET', syscall: 'read' }, 'unknown'],
    [{ code: 'ETIMEDOUT', syscall: 'read' }, 'unknown'],
    [{ code: 'EPIPE', syscall: 'write' }, 'unknown'],
    [{ code: 'UND_ERR_SOCKET' }, 'unknown'],
    [{ code: 'UND_ERR_HEADERS_TIMEOUT' }, 'unknown'],
    [{ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }, 'unknown'],
    [undefined, 'unknown'],
  ])('%j: %s', (cause, kind) => {
    expect(answerOfFailure(new TypeError('fetch failed', { cause })).kind).toBe(kind);
  });

  it('a connection that breaks after the request is unknown', async () => {
    expect(await ask((response) => response.destroy())).toMatchObject({ kind: 'unknown' });
  });

  it('a connection that breaks before a byte was read is unknown too: it may have been written', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const answer = await keyed.open({ URL: `http://127.0.0.1:${port}` }).send(request, call());
    server.close();
    expect(answer.kind).toBe('unknown');
  });

  it('no answer in time is unknown', async () => {
    const answer = await ask(() => undefined, { timeoutMs: 50 });
    expect(answer).toMatchObject({ kind: 'unknown', detail: 'no answer within 50 ms', code: 'TIMEOUT' });
  });

  it('being stopped while it waits is unknown', async () => {
    const stop = new AbortController();
    const answer = await ask(() => stop.abort(), { signal: stop.signal });
    expect(answer).toMatchObject({ kind: 'unknown', detail: 'stopped before it was answered' });
  });

  it.each([{ timeoutMs: 0 }, { timeoutMs: -5 }, { signal: AbortSignal.abort() }])(
    'what was never begun is certainly not done: %j',
    async (options) => {
      const { url, seen } = await downstream(status(200));
      const answer = await keyed.open({ URL: url }).send(request, call(options));
      expect(answer.kind).toBe('not-done');
      expect(seen).toEqual([]);
    },
  );
});
