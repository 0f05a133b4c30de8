/** What an HTTP answer, or the lack of one, says about the effect: by what is known, not by how it was said. */
import type { SendAnswer } from '../core/stages/action.ts';

/** A downstream may ask for patience, but not for so much that a claim outlives its usefulness. */
export const longestRetryAfterMs = 10 * 60_000;

/** Headers that name the request at the other side, in the order they are looked for; they are never a payload. */
const idHeaders = ['x-request-id', 'request-id', 'x-amzn-requestid', 'x-correlation-id'];
const longestIdChars = 120;

/**
 * Statuses below 500 that leave open whether the effect happened: protocol state table (docs/guarantees.md). A 207 says so of
 * each part in its body, which is not looked at: one request is one effect, and no part of it may have happened.
 */
const undecidedStatuses: ReadonlySet<number> = new Set([207, 408, 409, 425]);

/**
 * `Retry-After` in ms from now, bounded; `undefined` where there is none or it cannot be read.
 *
 * A date is measured against the answer's own `Date`, so that clocks which differ do not matter.
 *
 * @see RFC 9110, 10.2.3
 */
export const retryAfterMs = (headers: Headers, nowMs: number): number | undefined => {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  const bounded = (ms: number): number => Math.min(Math.max(0, ms), longestRetryAfterMs);
  if (/^\d+$/.test(text)) return bounded(Number(text) * 1_000);
  // An HTTP date begins with the day's name; Date.parse alone would make a year of "-5".
  const untilMs = /^[A-Z][a-z]/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(untilMs)) return undefined;
  const sentMs = Date.parse(headers.get('date') ?? '');
  return bounded(untilMs - (Number.isNaN(sentMs) ? nowMs : sentMs));
};

const evidenceOf = ({ status, headers }: Response): string => {
  const name = idHeaders.find((header) => headers.has(header));
  return name === undefined
    ? `HTTP ${status}`
    : `HTTP ${status}, ${name} ${headers.get(name)?.slice(0, longestIdChars)}`;
};

/** What a response says. Its body is not looked at. */
export const answerOfResponse = (response: Response, nowMs: number): SendAnswer => {
  const { status, headers } = response;
  const detail = evidenceOf(response);
  if (response.ok && !undecidedStatuses.has(status)) return { kind: 'done', evidence: detail };
  const code = `HTTP_${status}`;
  if (status === 429) return { kind: 'not-done', detail, code, retryAfterMs: retryAfterMs(headers, nowMs) };
  if (status >= 500 || undecidedStatuses.has(status))
    return { kind: 'unknown', detail, code, retryAfterMs: retryAfterMs(headers, nowMs) };
  return status >= 300 && status < 400
    ? { kind: 'refused', detail: `${detail}; redirects are not followed, name the final address` }
    : { kind: 'refused', detail };
};

/**
 * Failures to reach the other side at all, whatever they came of: no byte of the request was written.
 *
 * EHOSTUNREACH, ENETUNREACH and ECONNREFUSED are not among them: a connection that was made ends so too, where the network
 * says why its packets are not answered. Only the system call tells the two apart.
 */
const connectCodes: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  // The certificate is looked at before the request is written; later alerts of TLS 1.3 may come after, and are not listed.
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

/** System calls that come before anything is written. */
const connectCalls: ReadonlySet<string> = new Set(['connect', 'getaddrinfo']);

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** An error and what caused it, outermost first. */
const chainOf = (thrown: unknown): readonly unknown[] => {
  const chain: unknown[] = [];
  for (let error = thrown; error !== undefined && chain.length < 5; error = member(error, 'cause'))
    chain.push(error);
  return chain;
};

const isBeforeWriting = (error: unknown): boolean => {
  // Several addresses were tried: every one of them must have failed that early.
  const tried = member(error, 'errors');
  if (Array.isArray(tried) && tried.length > 0) return tried.every(isBeforeWriting);
  const code = member(error, 'code');
  const call = member(error, 'syscall');
  return (
    (typeof code === 'string' && connectCodes.has(code)) ||
    (typeof call === 'string' && connectCalls.has(call))
  );
};

/** What a failed exchange says: nothing is done where the connection was never made, else nobody knows. */
export const answerOfFailure = (thrown: unknown): SendAnswer => {
  const chain = chainOf(thrown);
  const code =
    chain.map((error) => member(error, 'code')).findLast((known) => typeof known === 'string') ?? 'no code';
  return chain.some(isBeforeWriting)
    ? { kind: 'not-done', detail: `no connection (${code})`, code, retryAfterMs: undefined }
    : { kind: 'unknown', detail: `the connection broke (${code})`, code, retryAfterMs: undefined };
};
