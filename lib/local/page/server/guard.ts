import { timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { refuse } from './page-answer.ts';

/** Nothing but what this server itself sends, and nothing written into the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export const secured: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
};

/** What this machine calls itself: a name of somebody else that leads here is not answered. */
const isLoopback = (host: string): boolean => /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/.test(host);

/**
 * Answers only whoever asks this server under its own name, and only pages that it sent itself.
 *
 * A page of another host can lead a browser here, by a link, or by a name of its own that resolves to this machine.
 */
export const ownOnly: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? '';
  if (!isLoopback(host))
    return refuse(c, 403, {
      what: `got host "${host}"`,
      why: 'This server answers 127.0.0.1 and localhost alone: under another name it may be somebody else who asks.',
      next: 'open the address that the terminal shows',
    });
  const origin = c.req.header('origin');
  const isMutation = c.req.method !== 'GET' && c.req.method !== 'HEAD';
  if ((origin !== undefined || isMutation) && origin !== `http://${host}`)
    return refuse(c, 403, {
      what: `got origin ${origin === undefined ? 'none' : `"${origin}"`}`,
      why: 'Only the page of this server may ask.',
      next: 'open the address that the terminal shows',
    });
  // A page of somebody else can have a browser ask without saying an origin, as for an image; but not without saying this.
  const site = c.req.header('sec-fetch-site');
  if (c.req.path.startsWith('/api/') && site !== undefined && site !== 'same-origin' && site !== 'none')
    return refuse(c, 403, {
      what: `got a request from another site (sec-fetch-site "${site}")`,
      why: 'Only the page of this server may ask.',
      next: 'open the address that the terminal shows',
    });
  return next();
};

const isSame = (given: string, token: string): boolean => {
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
};

/** Whatever changes something, or leaves an audit record, needs the token, which only the page has. */
export const withToken =
  (token: string): MiddlewareHandler =>
  async (c, next) => {
    if (isSame(c.req.header('x-freshet-token') ?? '', token)) return next();
    return refuse(c, 403, {
      what: 'the token is missing, or is of another run',
      why: 'Controls work from the page alone, and each start of the run has a token of its own.',
      next: 'reload the page',
    });
  };
