import { TransientError, messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { PayloadRead, PayloadStore, PayloadStored } from '../../core/ports/payload-store.ts';
import type { EpochMs } from '../../core/units.ts';
import { mayTryAgain } from '../dynamodb/attempts.ts';
import { signerFor, type S3Credentials } from './signer.ts';

export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  /** Of something that is not AWS, or of a VPC endpoint; the bucket then stands in the path. Default: AWS's own. */
  readonly endpoint?: string | undefined;
  /** Default: AWS's provider chain; in a function, its environment. */
  readonly credentials?: S3Credentials | undefined;
  readonly clock: Clock;
  /** When the invocation that is being served ends. */
  readonly deadline: () => EpochMs;
}

/** Longest wait for an answer with all its bytes, ms. */
const requestTimeoutMs = 3_000;

/** How often a request is sent, at most: the record waits, and with it its partition. */
const mostTries = 3;

/** What S3 asks to be tried again. @see Amazon S3 user guide, "Best practices design patterns: timeouts and retries" */
const triedAgain = new Set([408, 429, 500, 502, 503, 504]);

interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

/**
 * Objects of one S3 bucket: PUT and GET, and no more.
 *
 * S3 itself checks what arrives against its SHA-256. That an object is missing is believed only with S3's own code for it: a
 * proxy, or a bucket that is not there, must not turn effects into lost ones. Without `s3:ListBucket` S3 says 403 instead of
 * 404, which is no answer here.
 *
 * @see Amazon S3 API reference, "PutObject", "GetObject", "Error responses"
 */
export const openS3Payloads = (options: S3Options): PayloadStore => {
  const { clock, deadline } = options;
  const base = baseOf(options);
  const sign = signerFor(options);

  const send = async (
    method: 'GET' | 'PUT',
    key: string,
    body?: Uint8Array,
    sha256?: string,
  ): Promise<Answer> => {
    const url = new URL(`${base}/${key}`);
    const headers = await sign({ method, url, sha256 }, clock.now());
    const timeoutMs = Math.max(1, Math.min(requestTimeoutMs, deadline() - clock.now()));
    const response = await fetch(url, {
      method,
      // No socket is kept: one that stood idle while the function was frozen may be dead, and large payloads are rare.
      headers: { ...headers, connection: 'close' },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
  };

  /** An answer that says something, or the last that does not. Both requests may be sent twice: a key names its content. */
  const answerTo = async (...request: Parameters<typeof send>): Promise<Answer> => {
    for (let tries = 1; ; tries += 1) {
      const answer = await send(...request).catch((thrown: unknown) => ({ thrown }));
      if ('status' in answer && !triedAgain.has(answer.status)) return answer;
      if (tries < mostTries && (await mayTryAgain({ clock, deadline }, tries))) continue;
      if ('thrown' in answer) throw answer.thrown;
      return answer;
    }
  };

  const unavailable = (
    what: string,
    cause?: unknown,
  ): { readonly kind: 'unavailable'; readonly cause: TransientError } => ({
    kind: 'unavailable',
    cause: new TransientError('STORE_UNAVAILABLE', {
      message: `bucket ${options.bucket} did not answer: got ${what}; expected the object to be written or read. Fix: see that the bucket exists in ${options.region}, that the function's role may use it and its key, and that the network reaches S3`,
      cause,
    }),
  });

  return {
    put: async (key, body, sha256): Promise<PayloadStored> => {
      try {
        const answer = await answerTo('PUT', key, body, sha256);
        return answer.status === 200 ? { kind: 'stored' } : unavailable(described(answer));
      } catch (thrown) {
        return unavailable(failureOf(thrown), thrown);
      }
    },
    get: async (key): Promise<PayloadRead> => {
      try {
        const answer = await answerTo('GET', key);
        if (answer.status === 200) return { kind: 'read', body: answer.body };
        return answer.status === 404 && codeIn(answer) === 'NoSuchKey'
          ? { kind: 'missing' }
          : unavailable(described(answer));
      } catch (thrown) {
        return unavailable(failureOf(thrown), thrown);
      }
    },
  };
};

/** A certificate of AWS covers one label before its own name: a bucket with dots stands in the path. */
const baseOf = ({ bucket, region, endpoint }: S3Options): string => {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, '')}/${bucket}`;
  const host = `s3.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
};

/** The code in S3's own XML. */
const codeIn = ({ body }: Answer): string | undefined =>
  /<Code>(\w+)<\/Code>/.exec(Buffer.from(body).toString('utf8', 0, 4_096))?.[1];

const described = (answer: Answer): string => {
  const code = codeIn(answer);
  return code === undefined ? `status ${answer.status}` : `status ${answer.status} (${code})`;
};

/** `fetch` says only that it failed; what happened stands in its cause. */
const failureOf = (thrown: unknown): string =>
  thrown instanceof Error && thrown.cause instanceof Error ? messageOf(thrown.cause) : messageOf(thrown);
