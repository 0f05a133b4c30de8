import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac } from 'node:crypto';
import type { EpochMs } from '../../core/units.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Request {
  readonly method: 'GET' | 'PUT';
  readonly url: URL;
  /** Of the body, 64 hexadecimal digits; `undefined` where there is none. */
  readonly sha256: string | undefined;
}

/** SHA-256, and HMAC with it, as the signer asks for it. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash | typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash('sha256')
        : createHmac(
            'sha256',
            secret instanceof ArrayBuffer ? new Uint8Array(secret) : (secret as Uint8Array),
          );
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new TypeError('a digest is made once');
  }
}

const noBody = createHash('sha256').digest('hex');

/**
 * Signs requests to S3 with Signature Version 4. Keys consist of what needs no escape.
 *
 * @returns the request's headers. Rejects where there are no credentials.
 * @see Amazon S3 API reference, "Authenticating requests: using the Authorization header"
 */
export const signerFor = ({
  region,
  credentials,
}: {
  readonly region: string;
  readonly credentials?: S3Credentials | undefined;
}): ((request: S3Request, now: EpochMs) => Promise<Record<string, string>>) => {
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: credentials ?? defaultProvider({}),
    sha256: Sha256,
    // Alone among services, S3 signs the path as it is sent.
    uriEscapePath: false,
  });
  return async ({ method, url, sha256 }, now) => {
    const { headers } = await signer.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        headers: {
          host: url.host,
          'x-amz-content-sha256': sha256 ?? noBody,
          ...(sha256 === undefined
            ? {}
            : {
                'content-type': 'application/octet-stream',
                'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
              }),
        },
      },
      { signingDate: new Date(now) },
    );
    // `fetch` writes it itself, and the same.
    const { host: _host, ...rest } = headers;
    return rest;
  };
};
