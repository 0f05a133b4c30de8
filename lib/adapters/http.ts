import { ConfigError, messageOf, type Problem } from '../core/errors.ts';
import type { Param, SendAnswer, SendCall, Transport, TransportDefinition } from '../core/stages/action.ts';
import { answerOfFailure, answerOfResponse } from './http-answer.ts';

/** What is frozen and sent: a path under the base URL, and a JSON body. */
export interface HttpRequest {
  readonly method: 'POST' | 'PUT';
  readonly path: `/${string}`;
  readonly body: unknown;
}

/** @param path - under the base URL; what comes from data in it must be encoded with `encodeURIComponent` */
export const post = (path: `/${string}`, body: unknown): HttpRequest => ({ method: 'POST', path, body });

/** @param path - under the base URL; what comes from data in it must be encoded with `encodeURIComponent` */
export const put = (path: `/${string}`, body: unknown): HttpRequest => ({ method: 'PUT', path, body });

interface HttpOptions<Name extends string> {
  /** Holds the address: http or https, without credentials, query or fragment. */
  readonly baseUrl: Param<Name>;
  /** Sent with every request and not frozen with it: a constant, or a parameter such as a token. */
  readonly headers?: Readonly<Record<string, string | Param<Name>>>;
}

interface KeyedHttpOptions<Name extends string> extends HttpOptions<Name> {
  /** The header under which the downstream honours an idempotency key, such as `Idempotency-Key`. */
  readonly keyHeader: string;
}

/** A body is read on for so long, so that its connection can be used again; what is longer costs the connection. */
const drainBytes = 64 * 1024;

/**
 * Effects as HTTP requests, over Node's own `fetch`.
 *
 * With `keyHeader` every request carries the effect's idempotency key, and connections are kept alive. Without it each request
 * has a connection of its own: one that was closed while idle would leave in doubt what was never sent.
 * Redirects are not followed. It answers and never throws: docs/guarantees.md says what each answer means.
 */
export function http<Name extends string>(
  options: KeyedHttpOptions<Name>,
): TransportDefinition<HttpRequest, true, Name>;
export function http<Name extends string>(
  options: HttpOptions<Name> & { readonly keyHeader?: never },
): TransportDefinition<HttpRequest, false, Name>;
export function http<Name extends string>(
  options: HttpOptions<Name> & { readonly keyHeader?: string },
): TransportDefinition<HttpRequest, boolean, Name> {
  const { baseUrl, keyHeader, headers = {} } = options;
  const ofHeaders = Object.values(headers).filter((value) => typeof value !== 'string');
  return {
    transport: 'http',
    keyed: keyHeader !== undefined,
    params: [baseUrl, ...ofHeaders],
    open: (values) => openHttp(options, values),
  };
}

const openHttp = <Name extends string>(
  { baseUrl, keyHeader, headers = {} }: HttpOptions<Name> & { readonly keyHeader?: string },
  values: Readonly<Record<Name, string>>,
): Transport => {
  const problems: Problem[] = [];
  const base = baseOf(baseUrl.name, values[baseUrl.name], problems);
  const common = new Headers({ 'content-type': 'application/json' });
  for (const [name, value] of Object.entries(headers)) {
    const text = typeof value === 'string' ? value : values[value.name];
    try {
      common.set(name, text);
    } catch {
      problems.push({
        path: typeof value === 'string' ? `headers.${name}` : value.name,
        got: 'a value that no header can carry',
        expected: `a value for the header "${name}": one line of printable characters`,
        fix: 'look for a line break at its end',
      });
    }
  }
  if (keyHeader === undefined) common.set('connection', 'close');
  if (base === undefined || problems.length > 0)
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message: `${problems.length} parameter(s) of the transport "http" cannot serve:`,
      problems,
    });
  return { send: (request, call) => send(base, common, keyHeader, request, call) };
};

/** The address without a slash at its end, or `undefined` and what is wrong with it. A value is shown only where it holds no secret. */
const baseOf = (name: string, text: string, problems: Problem[]): string | undefined => {
  const expected = 'the address of the downstream, such as https://api.example.com/v1';
  const refuse = (got: string, fix: string): undefined => {
    problems.push({ path: name, got, expected, fix });
    return undefined;
  };
  const url = URL.parse(text);
  if (!url) return refuse(text === '' ? 'nothing' : `"${text}"`, 'write it with its scheme');
  if (url.username !== '' || url.password !== '')
    return refuse('an address with credentials in it', 'send them in a header, from a parameter');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return refuse(`the scheme "${url.protocol}"`, 'use https, or http on your own machine');
  if (url.search !== '' || url.hash !== '')
    return refuse('an address with a query or a fragment', 'leave it out: paths are put after the address');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
};

const send = async (
  base: string,
  common: Headers,
  keyHeader: string | undefined,
  frozen: unknown,
  { key, signal, timeoutMs, trace }: SendCall,
): Promise<SendAnswer> => {
  if (signal.aborted || timeoutMs <= 0)
    return {
      kind: 'not-done',
      detail: 'no time was left to send it',
      code: 'TIMEOUT',
      retryAfterMs: undefined,
    };
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
  let request: Request;
  try {
    const { method, path, body } = httpRequestOf(frozen);
    const headers = new Headers(common);
    if (keyHeader !== undefined) headers.set(keyHeader, key);
    if (trace?.traceparent !== undefined) headers.set('traceparent', trace.traceparent);
    if (trace?.tracestate !== undefined) headers.set('tracestate', trace.tracestate);
    request = new Request(addressOf(base, path), {
      method,
      headers,
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
  } catch (thrown) {
    return { kind: 'refused', detail: `no request can be made of it: ${messageOf(thrown)}` };
  }
  try {
    const response = await fetch(request);
    void drain(response);
    return answerOfResponse(response, Date.now());
  } catch (thrown) {
    if (timeout.aborted)
      return {
        kind: 'unknown',
        detail: `no answer within ${timeoutMs} ms`,
        code: 'TIMEOUT',
        retryAfterMs: undefined,
      };
    if (signal.aborted)
      return {
        kind: 'unknown',
        detail: 'stopped before it was answered',
        code: 'TIMEOUT',
        retryAfterMs: undefined,
      };
    return answerOfFailure(thrown);
  }
};

/** @throws {TypeError} for what is not of the form that `post` and `put` make */
const httpRequestOf = (frozen: unknown): HttpRequest => {
  const { method, path, body }: Partial<Record<string, unknown>> =
    typeof frozen === 'object' && frozen !== null ? { ...frozen } : {};
  if ((method !== 'POST' && method !== 'PUT') || typeof path !== 'string' || body === undefined)
    throw new TypeError('expected a method POST or PUT, a path and a body, as post() and put() make them');
  return { method, path: path as `/${string}`, body };
};

/** @throws {TypeError} for a path that would leave the base URL, as `/../` does */
const addressOf = (base: string, path: string): URL => {
  const url = new URL(`${base}${path}`);
  if (!path.startsWith('/') || !`${url.origin}${url.pathname}`.startsWith(`${base}/`))
    throw new TypeError('the path must begin with / and stay under the base URL');
  return url;
};

/** Reads the rest of an answer whose status is known already; whether that succeeds changes nothing. */
const drain = async ({ body }: Response): Promise<void> => {
  const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? [];
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > drainBytes) return;
    }
  } catch {
    // The connection is lost; the status was not.
  }
};
